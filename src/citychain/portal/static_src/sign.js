// The pages where something is signed: the little that every page needs, and wallets. No markup is ever made from text
// here (Trusted Types), so neither htmx nor live parts are loaded.
import "./copy.js";
import "./menu.js";
import "./wallet.js";
