// <div class="map" data-map="id of a JSON script" data-worker="...">: counties as fill, points as dots with clusters.
// The JSON: {counties: GeoJSON, points: GeoJSON with properties {name, count, note, url}, clusters: whether near points merge}.
// No tiles, nothing from elsewhere. The list beside the map always says the same.
import { AttributionControl, LngLatBounds, Map, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function bounds(geojson) {
  const box = new LngLatBounds();
  const walk = (value) => (typeof value[0] === "number" ? box.extend(value) : value.forEach(walk));
  geojson.features.forEach((feature) => walk(feature.geometry.coordinates));
  return box;
}

function style(data) {
  const size = ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 0, 4, 10, 16, 40, 32];
  const cluster = { cluster: true, clusterRadius: 36, clusterMaxZoom: 12, clusterProperties: { count: ["+", ["get", "count"]] } };
  return {
    version: 8,
    sources: {
      counties: { type: "geojson", data: data.counties },
      points: { type: "geojson", data: data.points, ...(data.clusters ? cluster : {}) },
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": token("paper") } },
      { id: "counties", type: "fill", source: "counties", paint: { "fill-color": token("brand-tint") } },
      { id: "borders", type: "line", source: "counties", paint: { "line-color": token("brand"), "line-width": 1.25 } },
      {
        id: "points",
        type: "circle",
        source: "points",
        paint: { "circle-radius": size, "circle-color": token("brand"), "circle-opacity": 0.8, "circle-stroke-color": token("surface"), "circle-stroke-width": 1.5 },
      },
      {
        id: "labels",
        type: "symbol",
        source: "points",
        layout: {
          "text-field": ["case", ["has", "point_count"], ["to-string", ["get", "count"]], ["get", "name"]],
          "text-size": 13,
          "text-variable-anchor": ["top", "bottom", "left", "right"],
          "text-radial-offset": ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 0, 0.5, 10, 1.4, 40, 2.6],
          "text-padding": 3,
          "symbol-sort-key": ["-", 0, ["get", "count"]],
        },
        paint: { "text-color": token("ink"), "text-halo-color": token("surface"), "text-halo-width": 1.5 },
      },
    ],
  };
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
    localIdeographFontFamily: token("fonts"),
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
  map.on("click", "points", async ({ features: [{ properties, geometry }], lngLat }) => {
    if (properties.cluster) {
      const zoom = await map.getSource("points").getClusterExpansionZoom(properties.cluster_id);
      return map.easeTo({ center: geometry.coordinates, zoom });
    }
    new Popup({ closeButton: false }).setLngLat(lngLat).setDOMContent(popup(properties)).addTo(map);
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
