// Reads a QR code into the form [data-scan]: from the camera or a picture, where the browser can (BarcodeDetector). Elsewhere
// the field below takes the pasted link. Nothing leaves the browser but what the code says.
const form = document.querySelector("[data-scan]");
const formats = form && "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
if (formats.includes("qr_code")) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const told = form.querySelector("[data-scan-told]");
  const video = form.querySelector("video");
  const camera = form.querySelector("[data-scan-camera]");
  const picture = form.querySelector("[data-scan-picture]");
  const take = ([found]) => {
    if (!found) return false;
    form.elements.code.value = found.rawValue;
    form.requestSubmit();
    return true;
  };
  picture.hidden = false;
  picture.querySelector("input").addEventListener("change", async (event) => {
    const image = await createImageBitmap(event.target.files[0]).catch(() => null);
    if (!image || !take(await detector.detect(image))) told.textContent = told.dataset.none;
  });
  camera.hidden = !navigator.mediaDevices?.getUserMedia;
  camera.addEventListener("click", async () => {
    camera.disabled = true;
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      await video.play();
      while (!take(await detector.detect(video))) await new Promise((next) => setTimeout(next, 200));
      video.srcObject.getTracks().forEach((track) => track.stop());
    } catch {
      video.hidden = true;
      camera.disabled = false;
      told.textContent = told.dataset.closed;
    }
  });
}
