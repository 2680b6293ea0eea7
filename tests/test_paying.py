"""A resident asks for money by a link; another one reads its QR code from a picture and finds the payment filled in."""

import json
from typing import Any

import pytest

from .city import ACT, City, become

#: What browsers with a BarcodeDetector answer; chromium has none on Linux.
DETECTOR = """window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(image) { return image.width > 100 ? [{ rawValue: %s }] : []; }
};"""


@pytest.mark.browser
def test_resident_asks_and_another_reads_the_code(visitor: Any, city: City) -> None:
    become(visitor, city, "r007")
    visitor.goto(city.url + "/money/ask/")
    visitor.fill("#id_amount", "45.60")
    visitor.fill("#id_words", "茶 & tea")
    visitor.locator(ACT).click()
    code = visitor.locator("div.qr")
    picture = code.screenshot()
    link = visitor.locator(".qr__link a").get_attribute("href")
    visitor.emulate_media(media="print")
    assert (code.is_visible(), visitor.locator("main form").is_visible()) == (True, False)
    visitor.emulate_media(media="screen")

    become(visitor, city, "r001")
    visitor.add_init_script(DETECTOR % json.dumps(link))
    visitor.goto(city.url + "/money/send/")
    visitor.locator("details.fold summary").click()
    chosen = visitor.locator("[data-scan-picture] input")
    visitor.locator("[data-scan-picture]").wait_for()
    chosen.set_input_files({"name": "text.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    visitor.locator("[data-scan-told]", has_text="." if visitor.language == "en" else "。").wait_for()
    chosen.set_input_files({"name": "code.png", "mimeType": "image/png", "buffer": picture})
    visitor.wait_for_url("**/money/send/?*seal=*")
    assert "45.60" in visitor.locator("#asked").inner_text()
    assert visitor.input_value("#id_note") == "茶 & tea"
    visitor.locator(ACT).click()
    assert "45.60" in visitor.locator("h1").inner_text()
