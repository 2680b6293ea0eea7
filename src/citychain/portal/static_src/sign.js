// The pages where something is signed: the little that every page needs, wallets and passkeys. No markup is ever made from text
// here (Trusted Types), so neither htmx nor live parts are loaded.
import "./copy.js";
import "./menu.js";
import "./passkey.js";
import "./wallet.js";
