"""Annex 1 of the notice of 乐亭, element by element (catalogue §9.4): what each word of the text means."""

STREETS, UNITS, AREAS = "streets", "units", "areas"
ELEMENTS = {
    "lt-zone-sy1": {
        UNITS: "泰和盛景、乐康家园西区、水韵名居、水悦华府、水悦华庭、水悦华郡、盛世景湾、龙王庙村",
    },
    "lt-zone-sy2": {
        STREETS: "滨河路、金融街东延",
        UNITS: "盛世景湾、御景嘉园东区、腾飞家园、浩森尚景、郁庄上村、王庄上村、麻坨村",
        AREAS: "城区、原西高小学学区",
    },
    "lt-zone-sy3": {
        STREETS: "滨河路、金融街",
        UNITS: "天正壹号院、乐泰和园、嘉林景苑、宏屹上院",
        AREAS: "城区、金融街南侧机关单位家属楼、原范庄小学学区",
    },
    "lt-zone-sy4": {
        STREETS: "滨河路、金融街",
        UNITS: "张楼村、蔡各庄村、高庄村、晁庄村",
        AREAS: "城区、原三刘庄小学学区",
    },
    "lt-zone-sy5": {
        UNITS: "水悦华苑、乐康家园东区、乐安家园、富康家园、坤泽佳苑、乐欣家园、泰和嘉苑",
        AREAS: "原井坨小学学区",
    },
    "lt-zone-xindaihe": {STREETS: "滨河路", AREAS: "三合庄初中招生片区、原范庄学区"},
    "lt-zone-j3": {STREETS: "滨河路", AREAS: "原井坨学区"},
}
