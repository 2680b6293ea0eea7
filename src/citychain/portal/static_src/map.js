// <div class="map" data-map="id of a JSON script" data-worker="...">: counties as fill, points as dots with clusters.
// The JSON: {counties: GeoJSON, points: GeoJSON with properties {name, count, note, url}}.
// No tiles, nothing from elsewhere. The list beside the map always says the same.
import { AttributionControl, LngLatBounds, Map, Marker, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function bounds(geojson) {
  const box = new LngLatBounds();
  const walk = (value) => (typeof value[0] === "number" ? box.extend(value) : value.forEach(walk));
  geojson.features.forEach((feature) => walk(feature.geometry.coordinates));
  return box;
}

function style(data) {
  const radius = ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 0, 4, 10, 16, 40, 32];
  return {
    version: 8,
    sources: {
      counties: { type: "geojson", data: data.counties },
      points: { type: "geojson", data: data.points },
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": token("paper") } },
      { id: "counties", type: "fill", source: "counties", paint: { "fill-color": token("brand-tint") } },
      { id: "borders", type: "line", source: "counties", paint: { "line-color": token("brand"), "line-width": 1.25 } },
      {
        id: "points",
        type: "circle",
        source: "points",
        paint: { "circle-radius": radius, "circle-color": token("brand"), "circle-opacity": 0.75, "circle-stroke-color": token("surface"), "circle-stroke-width": 1.5 },
      },
    ],
  };
}

function label(text) {
  const element = document.createElement("span");
  element.className = "map__label";
  element.textContent = text;
  return element;
}

function popup({ name, note, url }) {
  const body = document.createElement(url ? "a" : "span");
  body.textContent = note ? `${name} · ${note}` : name;
  if (url) body.href = url;
  return body;
}

function draw(element) {
  const data = JSON.parse(document.getElementById(element.dataset.map).textContent);
  setWorkerUrl(element.dataset.worker);
  element.replaceChildren();
  const map = new Map({
    container: element,
    style: style(data),
    bounds: bounds(data.counties),
    fitBoundsOptions: { padding: 24 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: true,
    locale: {
      "NavigationControl.ZoomIn": element.dataset.zoomIn,
      "NavigationControl.ZoomOut": element.dataset.zoomOut,
      "CooperativeGesturesHandler.WindowsHelpText": element.dataset.gestures,
      "CooperativeGesturesHandler.MacHelpText": element.dataset.gesturesMac,
      "CooperativeGesturesHandler.MobileHelpText": element.dataset.gesturesTouch,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new AttributionControl({ compact: true, customAttribution: element.dataset.source }));
  for (const { geometry, properties } of data.points.features) {
    new Marker({ element: label(properties.name), anchor: "top", offset: [0, 6] }).setLngLat(geometry.coordinates).addTo(map);
  }
  map.on("click", "points", ({ features, lngLat }) => {
    new Popup({ closeButton: false }).setLngLat(lngLat).setDOMContent(popup(features[0].properties)).addTo(map);
  });
  map.on("mouseenter", "points", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "points", () => (map.getCanvas().style.cursor = ""));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.setStyle(style(data)));
  map.on("load", () => element.setAttribute("data-ready", ""));
}

for (const element of document.querySelectorAll("[data-map]")) {
  try {
    draw(element);
  } catch {
    // No WebGL here: the words in the element stay, and the list beside it says the same.
    element.textContent = element.dataset.fallback;
  }
}
