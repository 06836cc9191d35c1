"""What a notice says that is no land: conditions on the child, and remarks on where else or how children are admitted.

A condition narrows a zone to some children; a remark describes no zone at all and must never become a place.
"""

import re
from functools import lru_cache

from zhaosheng_analysis.sentences.views import GROUP

KEPT = 1024  # stretches whose reading is remembered: a sentence asks about the same one many times
# Kinds of remarks, in the order in which they are tried; the patterns are matched against a whole sentence or bracket.
SCHOOL = "(?:学校|小学|中学|初中|幼儿园|校区|分校|国小|国中|本校|该校|我校|学部)"
KINDS = {
    "quota": r"^\d+%|招生计划(?:面向|的\d)|不超过\d+%",
    "migrant-elsewhere": (
        rf"(?:流动人口|随迁子女|务工人员|非.{{1,4}}户籍|外来).*(?:到|至|去|赴|在|由|可).*(?:{SCHOOL}.*(?:核验|"
        rf"报名|登记|入学|就读|接收|安排)|{SCHOOL}$)"
    ),
    "double-zone": r"实行.{0,6}(?:双学区|共同学区|多校划片|大学区)|(?:为|属|是|作为)(?:双学区|共同学区|共享学区)",
    "may-choose": (
        r"有(?:兄姐|兄姊|兄弟姐妹|兄弟姊妹|哥哥或姐姐|哥哥姐姐|胞兄|哥姐|兄长|手足)[^,;。]*(?:就读|在读|在校)|"
        r"(?:可以?|均可|也可|亦可|任选|自愿|允许|自主|限)[^,;。]{0,14}(?:选择|选读|报名|登记|就读|入读|申请|"
        r"填报|到)|(?:任选|二选一|选择其一|自主选择|自愿选择)"
    ),
    "to": r"(?:划归|划入|并入|划转|调整到|调整至|转入|合并到|分流到|归入)",
    "demolished": r"^[^,;、]*(?:已|正在|拟|待)(?:经)?(?:拆迁|征收|拆除|征迁)$|^其中[^,;]*(?:拆迁|征收|拆除|征迁)$",
    "temporary": (
        r"(?:过渡|暂时|暂由|暂借|借址|借用|临时|建成(?:交付)?(?:之)?(?:前|后)|启用(?:之)?(?:前|后)|投用|搬迁|"
        r"在建期间|开办前)"
    ),
    "rule": (
        r"(?:在|到|至|回).{1,12}(?:小学|中学|学校)就读|(?:须|需)(?:把|将)|额满为止|先后顺序|先后次序|录满为止|"
        r"统筹(?:安排|入学|入读|解决)|"
        r"^如(?=有|因|遇|适|果|报|超|符|不|需|出|学)|^若(?=有|因|遇|适|报|超|符|不)|^凡[^,;。]*(?:必须|须|均应|"
        r"均可)|遵照|按照?.{2,20}(?:文件|"
        r"规定|政策|办法|执行|要求|原则)|"
        r"以.{2,20}为准|详见|另行(?:通知|公布|安排)|具体.{0,12}(?:为准|咨询|见)|须(?:凭|按|在|经|持|到|提供|"
        r"符合)|必须|应(?:当|该|在|到|持)|"
        r"不再(?:招|接|受)|由.{2,14}(?:统筹|安排|负责|调剂|协调)|符合.{0,12}(?:条件|政策).{0,8}(?:入学|就读|"
        r"报名)|超过.{0,8}(?:计划|学位)|"
        r"(?:只|仅)招收|电话|咨询|网址|报名(?:时间|地点|方式|点)|招生(?:计划|人数|班级|对象)(?:为|:)|"
        r"学位(?:紧张|不足)|入学(?:办法|方式|顺序)|"
        r"^(?:备注|说明|注意|注)"
    ),
}
PATTERNS = {kind: re.compile(pattern) for kind, pattern in KINDS.items()}
TIER = re.compile(
    r"^(?:第?[一二三四五六七八九十\d]+(?:类|批次?|顺位|优先|梯次|阶段)(?:服务区|招生区|学区|范围|区域|区)?|"
    r"(?:优先|次优先|主要|补充|核心|辅助|"
    r"相对就近|统筹|协调)(?:招生)?(?:服务区|学区|范围|区域|区))$"
)
LEAD = re.compile(
    r"(?:.{0,30}?)(?:招生|招收|服务|划片|学区|施教|教育服务|对口|就近入学|学区划分|"
    r"划分)(?:的)?(?:服务)?(?:范围|区域|地段|片区|区|对象|覆盖)*(?:为|"
    r"是|如下|包括|具体为|划定为|调整为)?|"
    r"(?:四至|具体|主要|学区|服务|招生)?(?:范围|地段|界限|边界|四至)(?:为|是|如下|包括)?|施教区(?:为|是)?|"
    r"学区(?:为|是)?|地段(?:为|是)?|(?:具体)?如下|包括以下.{0,6}|(?:以下|下列)(?:各|几个)?(?:行政村|自然村|村庄|村|社区|小区|单位|路段|道路|街巷|区域|地段)|"
    r"(?:城区|镇区|县城|城镇|农村|乡村|街道|社区|居委会|村|村庄|行政村|自然村|机关|机关单位|院校|工厂|厂矿|小区|住宅小区|楼盘|单位|企业|道路|路段|街巷|沿街|门牌|商品房|"
    r"老小区|家属院)(?:部分|方面|类|名称|有|包括)?|"
    r"(?:具体|主要|其中|范围内|区域内|片区内|辖区内|区内|所辖|涉及|包含|包括|含|覆盖|服务)+(?:的)?(?:居民|住宅)?(?:小区|楼盘|村庄|村|社区|单位|道路|路段)"
    r"(?:名称|名单)?(?:有|为|是|包括|如下)?|"
    r"(?:该|本|上述)?(?:区域|范围|片区)?(?:内)?(?:目前|现|现有|已有)?(?:已建|在建|已建成|和|及|、)*(?:的)?(?:住宅)?(?:小区|楼盘|村|社区)"
    r"(?:有|为|如下|包括|主要有)+"
)
SCHOOL_ENDS = re.compile(f"{SCHOOL}$")
PUBLIC_RULE = re.compile(r"单校划学区|多校划片(?!(?:区域|范围|片区|区)?:)|校校对口|只招收本|应明确其学区|有入读需求")

CHILDREN = (
    r"(?:适龄|学龄|入学)?(?:儿童和少年|儿童、少年|儿童少年|少年儿童|儿童|少年|孩子|幼儿|孩童)|"
    r"(?:(?<=[籍的件致口内])(?:小学|初中|六年级)的?)?(?:应届|往届)?(?:(?<=届)(?:小学|初中))?毕业(?:学)?生|"
    r"(?:小学|初中|一年级|七年级|"
    r"初一)?新生|(?:小学|初中|入学)?学生|生源|学童"
)
SAME = (
    "户籍(?:与|和)房产一致|房产(?:与|和)户籍一致|人户一致|户籍一致|房户一致|户房一致|房户籍一致|人户房一致|"
    "两证一致|三证一致|两统一|三统一|两一致|三一致|房产户籍一致|租购同权"
)
# What may stand at the end of an item, after the land: (condition, pattern); no condition where it is mere wording.
TAILS: tuple[tuple[str, re.Pattern], ...] = tuple(
    (kind, re.compile(rf"(?:的)?(?:{pattern})(?:的)?$"))
    for kind, pattern in (
        (
            "migrant",
            r"(?:符合(?:入学)?条件的?)?(?:(?:外来|进城)?(?:经商务工人员|务工经商人员|经商人员|务工人员|流动人口|务工就业人员|"
            r"创业人员)的?)?(?:随迁(?:适龄)?(?:子女|儿童|少年)|(?<=人员)子女|(?<=人员的)子女)(?:(?:均?可)?(?:到该校|"
            r"到本校)?(?:进行)?信息核验)?",
        ),
        (
            "owner",
            r"(?:房产|住宅|(?<=[内的])小区|购房|商品房|安置房|共有产权房)?(?:业主|产权人|产权户|房主|购房户|购房者|"
            r"有房户)(?:的)?(?:适龄)?(?:子女)?(?:身份)?",
        ),
        (
            "owner",
            r"(?:已)?(?:购房|购买(?:商品房|住房|房屋)|置业)(?:并入住|并落户|入住)?(?:的)?(?:业主|居民|人员|家庭|住户)?(?:的)?(?:子女)?",
        ),
        ("owner", r"(?:内)?(?:有|拥有)(?:合法)?(?:自住)?(?:住房|房产|房屋|产权房|产权住房)"),
        ("", r"(?:辖区内?|区域内|所辖)?(?:企事业单位|企业|事业单位|单位)(?:工作)?(?:人员|职工|员工)中"),
        (
            "staff",
            r"(?:企事业单位|企业|单位)?(?:在职)?(?:在编)?(?:教职工|人员|员工|职工|干部)(?:的)?(?:适龄)?(?:子女|子弟)",
        ),
        ("", r"(?:(?:房产|居住证|务工经商|经商务工|积分|统筹|租房|其他|其它|随迁|调剂)(?:生|类)[、和及]?)+"),
        ("", r"(?:[四五六八九]年级)?(?:应届)?毕业(?:学)?生(?:对口|全部|整体|按规定)?(?:直升|升入)(?:本校|我校|该校)?"),
        ("", rf"(?:[四五六八九]年级)(?:{CHILDREN})"),
        ("", rf"(?:所有|全部|全体)?(?:{CHILDREN})(?:入学|就读|报名)?"),
        ("match", rf"(?:且|并)?(?:符合|满足|具备|属于|为)?(?:{SAME})(?:入学)?(?:条件|要求|情况)?"),
        ("", r"(?:且|并|和)?(?:符合|满足|具备)(?:相关|规定|入学|招生|报名|相应|本区|义务教育)*(?:条件|要求|政策)"),
        ("", r"非村民户籍"),
        ("lottery", r"(?:电脑)?(?:派位|摇号)(?:生|入学|录取)?"),
        (
            "nonlocal",
            r"非[一-龥]{0,9}?(?:户籍|户口|籍)(?:人口|居民)?",
        ),
        (
            "hukou",
            r"(?:具有|持有|拥有|有)?(?:居民委员会|居委会|居委)?(?:非村民|常住|本地|原住|原常住|本村|本社区|"
            r"本镇|本街道|农业|城镇|居民|村民|原籍|"
            r"集体)*(?:户籍|户口|在籍|籍贯)(?:登记)?(?:人口|村民|居民|住户|家庭|生|内|在册)?(?:且|并)?",
        ),
        (
            "hukou",
            r"(?<![第一二三四五六七八九十\d])(?:股份)?(?:经济联合社|经联社|经济合作联社|经济社)(?:的)?(?:社员|成员|股东|村民)(?:的)?(?:适龄)?"
            r"(?:子女)?|(?<=[村区里])(?:股份)?(?:经济联合社|经联社|经济合作联社|经济社)(?:的)?(?:适龄)?(?:子女)?",
        ),
        (
            "hukou",
            r"(?:原住民|原居民|旧居民|原有村民|原村民|本村村民|在册村民|村民|股民|世居)(?:的)?(?:适龄)?(?:子女)?",
        ),
        ("", r"(?:适龄|的)子女|子女|(?:居住)?(?:住户|居民|家庭|人口)|居住(?:且|并)?|且|并"),
    )
)
LAST = frozenset(
    "的验童年子儿孩幼生源女份房产员弟人权主户者件求策况籍口贯房业内册且并民东居住庭取读名学号入中社致统同地要条件政"
)
HEADS: tuple[tuple[str, re.Pattern], ...] = tuple(
    (kind, re.compile(rf"^(?:凡|凡是)?(?:{pattern})"))
    for kind, pattern in (
        ("hukou", r"(?:户籍|户口)(?:登记|所在)?(?:住址|地址|所在地|地)?(?:登记)?(?:为|在|位于|属于|属)"),
        (
            "hukou owner",
            r"(?:户籍|户口)[和与及、](?:房产|住房|房屋|不动产)(?:所在地|地址)?(?:均|都|同)?(?:在|为|位于|属于|属)",
        ),
        ("resident", r"(?:实际)?居住(?:地)?(?:在|为|于)"),
        ("owner", r"(?:房产|住房|购房|房屋)(?:地址|所在地|地)?(?:为|在|位于)"),
        ("", r"(?:在|位于)(?=[^水田河山].*(?:居住|范围|区域|内|附近))"),
        ("", r"具有|持有|拥有|属于|家住"),
    )
)
ASIDE_HEAD = re.compile(
    r"(?:报名|登记|咨询|招生|入学|联系)+(?:地点|地址|时间|电话|方式|网址|学校)(?:为|是)?|联系人|电话|地址"
)
BESIDES = re.compile("另外?|另注|备注|说明|注意?")
SHARED_TAIL = re.compile("[与和为属是].+(?:自由|共同|双|共享|共有|共用|公共)(?:学区|施教区|招生区|服务区)$")
# 「甲村为本学区范围」: said of land that the zone has besides.
OWN_ZONE = re.compile(
    r"(?<=.)(?:也|均|都|全部|仍|统一)?(?:为|属于?|归入?|划归|划入|划为|纳入|列入|在)(?:本|该|我)(?:校)?(?:的)?"
    r"(?:学区|施教区|招生区|招生|服务区|片区|辖区|地段)(?:范围|区域)?(?:以内|内)?$"
)
REASON = re.compile("因(?:地理|交通|环境|路程|距离|历史|特殊|行政|地形)[^,;]*$")
ERRAND = re.compile(r"(?:的)?(?:适龄|学龄)?(?:少年儿童|少年|儿童|少儿|学生|子女)(?:由|到|在|至|可|暂|均|统一|须|需|应)")
DATED = re.compile(
    rf"^(?P<before>.*?)(?P<year>\d{{4}})年(?:(?P<month>\d{{1,2}})月)?(?:(?P<day>\d{{1,2}})日)?(?P<with>{GROUP}?)(?:以|"
    r"之)?(?P<side>前|后)(?:已)?(?:正式)?"
    r"(?:交付|交房|入住|竣工|建成|落成|取得[^的]{0,8}|购[买房]?[^的]{0,4}|登记[^的]{0,4})(?:使用)?(?:的)?(?P<rest>.*)$"
)
HOUSES = re.compile(f"(?:的)?(?:楼盘|楼栋|楼幢|房源|住宅|小区|商品房|住房|房屋|住宅小区|新建小区)?{GROUP}*")
ONLY = re.compile(r"^(?:只限|仅限|限于?|必须是|须为|须是|应为|必须为|只招收?|仅招收?)")


@lru_cache(KEPT)
def note(s: str) -> str:
    """Return the kind of remark a sentence or bracket is, or nothing where it is none."""
    return next((kind for kind, pattern in PATTERNS.items() if pattern.search(s)), "")


def delivered(match: re.Match) -> str:
    """Return the condition that a house was handed over before or since a day."""
    day = "-".join(f"{int(match[part]):02d}" for part in ("year", "month", "day") if match[part])
    return f"delivered{'<' if match['side'] == '前' else '>='}{day}"


@lru_cache(KEPT)
def tail(s: str) -> tuple[int, tuple[str, ...]]:
    """Return where the words on children at the end of an item begin, and the conditions they hold."""
    end, conditions = len(s), []
    while s[end - 1 : end] in LAST:
        hit = next(((kind, m) for kind, pattern in TAILS if (m := pattern.search(s[:end])) and m.group()), None)
        if hit is None:
            break
        kind, match = hit
        if match.start() == 0 and kind == "" and not re.search(f"{CHILDREN}|员中", match.group()):
            break
        end = match.start()
        conditions += [kind] if kind and kind not in conditions else []
    return end, tuple(conditions[::-1])


@lru_cache(KEPT)
def head(s: str) -> tuple[int, tuple[str, ...]]:
    """Return where the words on children at the beginning of an item end, and the conditions they hold."""
    for kind, pattern in HEADS:
        match = pattern.match(s)
        if match and match.end() < len(s):
            return match.end(), tuple(kind.split())
    return 0, ()
