// Everything that every page needs. Pages work without it; this makes them quicker and live.
import "htmx.org/dist/htmx.esm.min.js";
import "htmx.org/dist/ext/hx-csp.js";
import "./copy.js";
import "./menu.js";
import "./search.js";
import "./live.js";
import "./words.js";
