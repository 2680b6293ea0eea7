"""A registrar registers two hundred homes from one file, in a real browser, and closes it half way."""

from typing import Any

import pytest

from .city import ACT, City, become
from .test_journey import SECONDS

HEADER = "village,use,area,address,number,owner,second_owner,second_share"
COUNT = 200


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["zh-hans"], indirect=True)
def test_registrar_registers_two_hundred_homes_from_a_file(visitor: Any, city: City) -> None:
    rows = [f"130638100001,住宅,{60 + row}.5,{row}号楼,冀（2026）批量第{row}号,r150,," for row in range(1, COUNT + 1)]
    content = "\r\n".join([HEADER, *rows]).encode("gb18030")
    visitor.goto(city.url + "/")
    become(visitor, city, "registry-xiong")
    visitor.goto(city.url + "/titles/files/")
    visitor.set_input_files("input[type=file]", {"name": "住房.csv", "mimeType": "text/csv", "buffer": content})
    visitor.get_by_role("button", name="检查文件").click()
    visitor.locator("#rows tbody tr").nth(COUNT - 1).wait_for()
    visitor.locator(ACT).first.click()
    visitor.wait_for_url("**/titles/files/*/")
    page = visitor.url
    visitor.goto("about:blank")
    visitor.goto(page)
    visitor.get_by_text(f"已登记 {COUNT} / {COUNT}").wait_for(timeout=SECONDS)
    assert visitor.locator("#rows a[href^='/titles/']").count() == COUNT
