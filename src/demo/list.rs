//! The customers, as a list that the CRM centre imports; it stays in the folder to look at and to try the import with.

use std::io::Write as _;
use std::path::Path;

use chrono::Duration;
use entity::customer;
use rules::vocabulary::AuditPart;
use sea_orm::{EntityTrait as _, QueryOrder as _};

use super::cast::Cast;
use super::dice::Dice;
use super::{DAYS, DemoError};
use crate::customers::import::{Options, Sheet, import as import_list};
use crate::kit::error::Error;

const FILE: &str = "customers.csv";
const HEADER: &str = "客户编号,客户名称,客户类型,客户身份,客户类别,客户等级,业务员,统一社会信用代码,企业性质,客户来源,\
                      首次接触日期,建档日期,备案日期,联系人,职务,联系电话,地区,地址\n";
/// Those who own customers.
pub(super) const OWNERS: [&str; 6] = [
    "sales-1", "sales-1x", "sales-1a", "sales-1b", "sales-2", "sales-3",
];

/// Writes the list and imports it; gives the customers in the order of their numbers.
pub(super) async fn import(
    cast: &Cast,
    dice: &mut Dice,
    folder: &Path,
    count: usize,
) -> Result<Vec<customer::Model>, DemoError> {
    let path = folder.join(FILE);
    write(cast, dice, &path, count)?;
    let act = || {
        let request = "demo-import".to_owned();
        cast.app.acting(
            cast.db.clone(),
            cast.people.get("crm").copied().unwrap_or_default(),
            AuditPart::Import,
            request,
        )
    };
    let sheet = Sheet::open(&path).map_err(crate::customers::import::ImportError::from)?;
    let mut first = None;
    let told = &mut |_: &_, faults: &[crate::customers::import::Fault]| {
        first = first.take().or_else(|| faults.first().cloned());
        Ok(())
    };
    import_list(sheet, Options::default(), act, told).await?;
    if let Some(fault) = first {
        return Err(DemoError::Refused(format!("{fault:?}")));
    }
    let customers = customer::Entity::find()
        .order_by_asc(customer::Column::Number)
        .all(&cast.db.read)
        .await;
    Ok(customers.map_err(Error::from)?)
}

fn write(cast: &Cast, dice: &mut Dice, path: &Path, count: usize) -> Result<(), DemoError> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    file.write_all("\u{FEFF}".as_bytes())?;
    file.write_all(HEADER.as_bytes())?;
    let today = cast.app.shared().day_of(cast.app.shared().clock.now());
    for at in 0..count {
        // The first ones are companies, so that cases have somebody to be about.
        let is_person = at >= OWNERS.len() * 8 && dice.one_in(7);
        let contact = dice.person();
        let (name, kind) = if is_person {
            (contact.clone(), "个人")
        } else {
            (dice.company(), "企业")
        };
        let code = if is_person || dice.one_in(3) {
            String::new()
        } else {
            dice.credit_code()
        };
        let nature = if is_person {
            ""
        } else {
            dice.one_of(&["有限责任公司", "股份有限公司", "国有企业", "外商投资"])
        };
        let archived = today - Duration::days(dice.within(1, 5 * 365));
        let cells = [
            format!("HZ{:05}", at + 1),
            name,
            kind.to_owned(),
            dice.one_of(&["已购客户", "意向客户", "使用客户"])
                .to_owned(),
            dice.one_of(&["目标客户", "一般客户", "重点客户", "潜在客户"])
                .to_owned(),
            dice.one_of(&["A", "B", "C", "C", "D", "D", "E"]).to_owned(),
            OWNERS
                .get(at % OWNERS.len())
                .copied()
                .unwrap_or_default()
                .to_owned(),
            code,
            nature.to_owned(),
            dice.one_of(&["来电", "来访", "活动", "推荐介绍"])
                .to_owned(),
            (archived - Duration::days(dice.within(0, DAYS))).to_string(),
            archived.to_string(),
            archived.to_string(),
            contact,
            if is_person {
                ""
            } else {
                dice.one_of(&["采购经理", "总经理", "厂长", "采购员"])
            }
            .to_owned(),
            dice.phone(),
        ];
        let (region, line) = dice.address();
        writeln!(file, "{},{region},{line}", cells.join(","))?;
    }
    file.flush()?;
    Ok(())
}
