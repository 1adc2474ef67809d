//! The columns of a list of customers, recognised by their headers in simplified Chinese, traditional Chinese, English.
//!
//! Pitfall: a header says nothing of upper and lower case, blanks and punctuation; `docs/import.md` lists the words.

use rules::kit::language::Language;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The customer's number, where the old system gave one (ARC-2).
    Number,
    /// Name.
    Name,
    /// Company or person.
    Kind,
    /// Buys, intends to buy, or uses (ARC-1).
    Standing,
    /// Category (ARC-4).
    Category,
    /// Grade.
    Grade,
    /// Department, by name or code.
    Department,
    /// Owner, by number or name.
    Owner,
    /// Unified social credit code.
    CreditCode,
    /// Enterprise nature.
    EnterpriseNature,
    /// Supervising unit.
    SupervisingUnit,
    /// Where it came from.
    Source,
    /// Day of first contact.
    FirstContactOn,
    /// Day it was archived (ARC-5).
    ArchivedOn,
    /// Day it was filed (FIL-1).
    FiledOn,
    /// Name of the contact person.
    ContactName,
    /// Position of the contact person.
    ContactPosition,
    /// Phone of the contact person.
    ContactPhone,
    /// E-mail address of the contact person.
    ContactEmail,
    /// Remark on the contact person.
    ContactRemark,
    /// Address.
    Address,
    /// Province, city and district of the address.
    Region,
    /// Postal code of the address.
    PostalCode,
    /// Why it is another customer than those it looks like (ARC-2).
    DuplicateReason,
}

/// A column, the field that refusals name, its headers in the order of [`Language::ALL`], other words for it.
struct Words(
    Column,
    &'static str,
    [&'static str; 3],
    &'static [&'static str],
);

#[rustfmt::skip]
const WORDS: &[Words] = &[
    Words(Column::Number, "number", ["客户编号", "客戶編號", "Customer number"], &["编号", "編號", "档案编号", "檔案編號", "Number", "No."]),
    Words(Column::Name, "name", ["客户名称", "客戶名稱", "Customer name"], &["名称", "名稱", "客户姓名", "客戶姓名", "姓名", "公司名称", "公司名稱", "Name"]),
    Words(Column::Kind, "kind", ["客户类型", "客戶類型", "Kind"], &["类型", "類型", "性质", "Type", "Customer kind"]),
    Words(Column::Standing, "standing", ["客户身份", "客戶身分", "Standing"], &["身份", "身分", "客戶身份"]),
    Words(Column::Category, "category", ["客户类别", "客戶類別", "Category"], &["类别", "類別", "客户分类", "客戶分類"]),
    Words(Column::Grade, "grade", ["客户等级", "客戶等級", "Grade"], &["等级", "等級", "级别", "級別"]),
    Words(Column::Department, "department", ["所属部门", "所屬部門", "Department"], &["部门", "部門", "业务部门", "業務部門"]),
    Words(Column::Owner, "owner", ["业务员", "業務員", "Owner"], &["负责人", "負責人", "归属人", "歸屬人", "Salesperson"]),
    Words(Column::CreditCode, "creditCode", ["统一社会信用代码", "統一社會信用代碼", "Credit code"], &["信用代码", "信用代碼", "Unified social credit code"]),
    Words(Column::EnterpriseNature, "enterpriseNature", ["企业性质", "企業性質", "Enterprise nature"], &[]),
    Words(Column::SupervisingUnit, "supervisingUnit", ["主管单位", "主管單位", "Supervising unit"], &[]),
    Words(Column::Source, "source", ["客户来源", "客戶來源", "Source"], &["来源", "來源"]),
    Words(Column::FirstContactOn, "firstContactOn", ["首次接触日期", "首次接觸日期", "First contact"], &["首次联系日期", "首次聯絡日期", "First contact on"]),
    Words(Column::ArchivedOn, "archivedOn", ["建档日期", "建檔日期", "Archived on"], &["归档日期", "歸檔日期"]),
    Words(Column::FiledOn, "filedOn", ["备案日期", "備案日期", "Filed on"], &[]),
    Words(Column::ContactName, "contacts.0.name", ["联系人", "聯絡人", "Contact"], &["联系人姓名", "聯絡人姓名", "聯繫人", "Contact name"]),
    Words(Column::ContactPosition, "contacts.0.position", ["职务", "職務", "Position"], &["联系人职务", "聯絡人職務"]),
    Words(Column::ContactPhone, "contacts.0.phone", ["联系电话", "聯絡電話", "Phone"], &["电话", "電話", "手机", "手機", "手机号", "聯繫電話", "Telephone", "Mobile"]),
    Words(Column::ContactEmail, "contacts.0.email", ["电子邮箱", "電子郵件", "E-mail"], &["邮箱", "郵箱", "电子邮件", "電子信箱"]),
    Words(Column::ContactRemark, "contacts.0.remark", ["联系人备注", "聯絡人備註", "Contact remark"], &["备注", "備註", "Remark"]),
    Words(Column::Address, "addresses.0.line", ["地址", "地址", "Address"], &["联系地址", "聯絡地址", "通讯地址", "通訊地址"]),
    Words(Column::Region, "addresses.0.region", ["地区", "地區", "Region"], &["省市区", "省市區"]),
    Words(Column::PostalCode, "addresses.0.postalCode", ["邮政编码", "郵遞區號", "Postal code"], &["邮编", "郵編"]),
    Words(Column::DuplicateReason, "duplicateReason", ["非重复原因", "非重複原因", "Duplicate reason"], &["重复原因", "重複原因"]),
];

/// Before the name of a field of the company's own (ARC-3): `自定义：开户行`.
const CUSTOM: [&str; 3] = ["自定义", "自訂", "Custom"];

/// Why a header can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There is no column of names.
    #[error(
        "no column of customers' names is recognised in the first line: {0}. It may read 客户名称, 客戶名稱 or Customer \
         name. If the letters look wrong, save the file as UTF-8 or GB18030"
    )]
    NoName(String),
    /// Two columns are the same.
    #[error("the columns “{0}” and “{1}” are the same; leave one out")]
    Twice(String, String),
}

/// Where each column stands in a file.
#[derive(Debug, Clone)]
pub struct Columns {
    headers: Vec<String>,
    known: Vec<(Column, usize)>,
    custom: Vec<(String, usize)>,
}

impl Columns {
    /// Reads the first line.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn of(headers: Vec<String>) -> Result<Self, HeaderError> {
        let mut known: Vec<(Column, usize)> = Vec::new();
        let mut custom = Vec::new();
        for (at, header) in headers.iter().enumerate() {
            if let Some(name) = custom_name(header) {
                custom.push((name, at));
            } else if let Some(column) = column_of(header) {
                if let Some((_, other)) = known.iter().find(|(other, _)| *other == column) {
                    let first = headers.get(*other).cloned().unwrap_or_default();
                    return Err(HeaderError::Twice(first, header.clone()));
                }
                known.push((column, at));
            }
        }
        if !known.iter().any(|(column, _)| *column == Column::Name) {
            return Err(HeaderError::NoName(headers.join(" | ")));
        }
        Ok(Self {
            headers,
            known,
            custom,
        })
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// Whether there is none, which never is: a file without names is refused.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// The text of a cell; `None` where it is empty or the file lacks the column.
    pub fn cell<'a>(&self, cells: &'a [String], column: Column) -> Option<&'a str> {
        let (_, at) = self.known.iter().find(|(known, _)| *known == column)?;
        cells
            .get(*at)
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
    }

    /// The company's own fields that are filled in.
    pub fn custom<'a>(
        &'a self,
        cells: &'a [String],
    ) -> impl Iterator<Item = (String, String)> + 'a {
        self.custom.iter().filter_map(|(name, at)| {
            let value = cells.get(*at)?.trim();
            (!value.is_empty()).then(|| (name.clone(), value.to_owned()))
        })
    }

    /// What the file calls the column that a refusal's path names; in the reader's language where the file lacks it.
    pub fn header_of(&self, path: &[String], language: Language) -> String {
        let field = path.join(".");
        let Some(words) = WORDS.iter().find(|words| words.1 == field) else {
            let customs = self
                .custom
                .iter()
                .filter(|_| path.first().is_some_and(|first| first == "custom"));
            let names: Vec<&str> = customs.map(|(name, _)| name.as_str()).collect();
            return if names.is_empty() {
                field
            } else {
                names.join(" ")
            };
        };
        let at = self.known.iter().find(|(column, _)| *column == words.0);
        at.and_then(|(_, at)| self.headers.get(*at))
            .cloned()
            .unwrap_or_else(|| header(words, language).to_owned())
    }

    /// Each header with whether it is taken in.
    pub fn taken(&self) -> impl Iterator<Item = (&str, bool)> {
        self.headers.iter().enumerate().map(|(at, header)| {
            let known = self.known.iter().any(|(_, known)| *known == at);
            (
                header.as_str(),
                known || self.custom.iter().any(|(_, custom)| *custom == at),
            )
        })
    }
}

fn header(words: &Words, language: Language) -> &'static str {
    let at = Language::ALL.iter().position(|known| *known == language);
    at.and_then(|at| words.2.get(at))
        .copied()
        .unwrap_or_default()
}

/// Without blanks, punctuation and case, so that `E-mail *` is `Email`.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn column_of(header: &str) -> Option<Column> {
    let wanted = plain(header);
    let is = |word: &&str| plain(word) == wanted;
    WORDS
        .iter()
        .find(|words| words.2.iter().any(&is) || words.3.iter().any(&is))
        .map(|words| words.0)
}

fn custom_name(header: &str) -> Option<String> {
    let (before, name) = header.split_once([':', '：'])?;
    let is_custom = CUSTOM.iter().any(|word| plain(word) == plain(before));
    (is_custom && !name.trim().is_empty()).then(|| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn columns(headers: &[&str]) -> Result<Columns, HeaderError> {
        Columns::of(headers.iter().map(|h| (*h).to_owned()).collect())
    }

    #[test]
    fn a_word_stands_for_one_column() {
        let mut seen: HashSet<(String, Column)> = HashSet::new();
        for Words(column, _, headers, others) in WORDS {
            for word in headers.iter().chain(*others) {
                assert_eq!(column_of(word), Some(*column), "{word}");
                seen.insert((plain(word), *column));
            }
        }
        let words: HashSet<&String> = seen.iter().map(|(word, _)| word).collect();
        assert_eq!(words.len(), seen.len());
    }

    #[test]
    fn headers_of_three_languages_are_recognised() {
        for header in ["客户名称", "客戶名稱", "customer  NAME *", "【姓名】"] {
            let cells = ["  某某  ".to_owned()];
            assert_eq!(
                columns(&[header]).unwrap().cell(&cells, Column::Name),
                Some("某某"),
                "{header}"
            );
        }
    }

    #[test]
    fn a_list_without_names_and_a_column_twice_are_refused() {
        assert!(matches!(
            columns(&["联系电话"]),
            Err(HeaderError::NoName(_))
        ));
        assert!(matches!(
            columns(&["姓名", "名称"]),
            Err(HeaderError::Twice(..))
        ));
    }

    #[test]
    fn arc_3_own_fields_are_taken_and_strange_columns_named() {
        let columns = columns(&["名称", "自定义：开户行", "天气"]).unwrap();
        let cells = ["甲".to_owned(), "某行".to_owned(), "晴".to_owned()];
        assert_eq!(
            columns.custom(&cells).collect::<Vec<_>>(),
            [("开户行".to_owned(), "某行".to_owned())]
        );
        assert_eq!(
            columns
                .taken()
                .filter(|(_, taken)| !taken)
                .collect::<Vec<_>>(),
            [("天气", false)]
        );
        let path = |field: &str| field.split('.').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(columns.header_of(&path("name"), Language::En), "名称");
        assert_eq!(
            columns.header_of(&path("contacts.0.phone"), Language::ZhTw),
            "聯絡電話"
        );
    }
}
