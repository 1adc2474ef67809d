"""Writes list.xlsx, the workbook of the tests: needs openpyxl."""

import datetime
import pathlib

import openpyxl

book = openpyxl.Workbook()
sheet = book.active
sheet.append(["客戶編號", "客戶名稱", "客戶類型", "客戶身分", "所屬部門", "建檔日期", "聯絡人", "聯絡電話"])
sheet.append([1001, "台中精密股份有限公司", "公司行號", "已購客戶", "S1", datetime.date(2024, 2, 29), "林志明", 13900139000])
sheet.append([1002, "高雄港務行", "公司行號", "使用客戶", "S9", "2024/3/1", None, None])
book.save(pathlib.Path(__file__).with_name("list.xlsx"))
