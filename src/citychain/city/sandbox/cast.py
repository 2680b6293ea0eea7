"""Who lives in the demonstration city: invented institutions and residents, the same for the same seed.

Villages and towns are real (portal/data); names of people and institutions are made up, and nobody is meant.
"""

import random
from dataclasses import dataclass

from citychain.identity.queries import SEPARATOR

SEED = 20170401
RESIDENTS = 200
TITLES = 300

SURNAMES = (
    "王:Wang 李:Li 张:Zhang 刘:Liu 陈:Chen 杨:Yang 赵:Zhao 黄:Huang 周:Zhou 吴:Wu 徐:Xu 孙:Sun 胡:Hu 朱:Zhu 高:Gao "
    "林:Lin 何:He 郭:Guo 马:Ma 罗:Luo 梁:Liang 宋:Song 郑:Zheng 谢:Xie 韩:Han 唐:Tang 冯:Feng 于:Yu 董:Dong 萧:Xiao"
)
GIVEN = (
    "淑珍:Shuzhen 建国:Jianguo 秀英:Xiuying 伟:Wei 芳:Fang 娜:Na 敏:Min 静:Jing 丽:Li 强:Qiang 磊:Lei 洋:Yang 艳:Yan "
    "勇:Yong 军:Jun 杰:Jie 娟:Juan 涛:Tao 明:Ming 超:Chao 霞:Xia 平:Ping 刚:Gang 桂英:Guiying 玉兰:Yulan 志强:Zhiqiang "
    "晓东:Xiaodong 海燕:Haiyan 春梅:Chunmei 文博:Wenbo 子涵:Zihan 雨桐:Yutong 浩然:Haoran 思远:Siyuan 佳怡:Jiayi "
    "建华:Jianhua 国庆:Guoqing 红梅:Hongmei 永康:Yongkang 白洋:Baiyang"
)


@dataclass(frozen=True)
class Body:
    """An institution of the cast. `accreditor` is the slug of who accredits it; officers act for it in `scopes`."""

    slug: str
    kind: str
    name_zh: str
    name_en: str
    officer_zh: str
    officer_en: str
    accreditor: str = "council"

    @property
    def name(self) -> str:
        return f"{self.name_zh}{SEPARATOR}{self.name_en}"

    @property
    def web_page(self) -> str:
        return f"https://{self.slug}.example.org/"


BODIES = (
    Body(
        "registry-xiong",
        "registrar",
        "雄县不动产登记中心",
        "Xiongxian Housing Registry",
        "登记员 齐桂芝",
        "Registrar Qi Guizhi",
    ),
    Body(
        "registry-rong",
        "registrar",
        "容城不动产登记中心",
        "Rongcheng Housing Registry",
        "登记员 苗立新",
        "Registrar Miao Lixin",
    ),
    Body(
        "registry-an",
        "registrar",
        "安新不动产登记中心",
        "Anxin Housing Registry",
        "登记员 白玉泉",
        "Registrar Bai Yuquan",
    ),
    Body(
        "supervisor",
        "supervisor",
        "雄安银行业监管局",
        "Xiong'an Banking Supervisor",
        "监管员 裴正",
        "Supervisor Pei Zheng",
    ),
    Body("lake-bank", "bank", "白洋淀银行", "Baiyangdian Bank", "柜员 邱静", "Teller Qiu Jing", "supervisor"),
    Body(
        "millennium-bank",
        "bank",
        "千年秀林银行",
        "Millennium Forest Bank",
        "柜员 严冬",
        "Teller Yan Dong",
        "supervisor",
    ),
    Body("court", "court", "雄安新区中级法院", "Xiong'an Intermediate Court", "法官 方直", "Judge Fang Zhi"),
    Body(
        "adjudicator",
        "adjudicator",
        "雄安租赁纠纷裁决所",
        "Xiong'an Tenancy Adjudicator",
        "裁决员 温和平",
        "Adjudicator Wen Heping",
    ),
    Body("employer", "employer", "雄安城市运营公司", "Xiong'an City Services", "人事 梅兰", "Payroll Mei Lan"),
    Body("contractor", "contractor", "燕赵建工", "Yanzhao Construction", "经理 石坚", "Manager Shi Jian"),
    Body("auditor", "auditor", "明镜会计师事务所", "Clear Mirror Auditors", "审计师 甄实", "Auditor Zhen Shi"),
    Body("utility", "utility", "雄安水电公司", "Xiong'an Water and Power", "营业员 江清", "Clerk Jiang Qing"),
    Body(
        "arbitration",
        "arbitrator",
        "雄安仲裁委员会",
        "Xiong'an Arbitration Commission",
        "仲裁员 秦衡",
        "Arbitrator Qin Heng",
    ),
    Body(
        "mediation", "mediator", "雄安人民调解委员会", "Xiong'an Mediation Committee", "调解员 顾和", "Mediator Gu He"
    ),
    Body("identity", "identity", "雄安身份认证中心", "Xiong'an Identity Centre", "认证员 简真", "Officer Jian Zhen"),
    Body("housing", "housing", "雄安住房租赁管理局", "Xiong'an Housing Bureau", "备案员 安居", "Clerk An Ju"),
)


def slugs(kind: str) -> list[str]:
    """Institutions of a kind, in their order."""
    return [body.slug for body in BODIES if body.kind == kind]


def number(slug: str) -> int:
    """The number that an institution of the cast gets: the council is 1, the others follow in their order."""
    return 2 + [body.slug for body in BODIES].index(slug)


COUNCIL_ZH, COUNCIL_EN = "雄安新区数字议事会", "Xiong'an Digital Council"
#: The council's officers: slug, Chinese, English. Two of the three act as the council.
OFFICERS = (
    ("officer-1", "议事会委员 甲", "Council officer A"),
    ("officer-2", "议事会委员 乙", "Council officer B"),
    ("officer-3", "议事会委员 丙", "Council officer C"),
)

#: Who may veto what waits, for everybody: slug, Chinese, English, and what they are in both.
GUARDIAN = ("guardian", "监护人 卫平", "Guardian Wei Ping", "城市监护人", "City guardian")

#: Which kinds may accredit a kind; the council's own kind is the root.
KINDS = {
    "registrar": ["council"],
    "supervisor": ["council"],
    "bank": ["council", "supervisor"],
    "court": ["council"],
    "adjudicator": ["council", "court"],
    "arbitrator": ["council"],
    "mediator": ["council", "court"],
    "identity": ["council"],
    "housing": ["council"],
    "employer": ["council"],
    "contractor": ["council"],
    "auditor": ["council"],
    "utility": ["council"],
}


@dataclass(frozen=True)
class Resident:
    slug: str
    name_zh: str
    name_en: str


def residents(count: int = RESIDENTS) -> list[Resident]:
    """`count` invented people; slugs are unique, names may repeat as they do in life."""
    draw = random.Random(SEED)
    surnames = [entry.split(":") for entry in SURNAMES.split()]
    given = [entry.split(":") for entry in GIVEN.split()]
    people = []
    for number in range(count):
        family, first = draw.choice(surnames), draw.choice(given)
        people.append(Resident(f"r{number + 1:03d}", family[0] + first[0], f"{first[1]} {family[1]}"))
    return people
