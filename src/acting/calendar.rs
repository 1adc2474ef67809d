//! The company calendar as a snapshot in memory: what ships with the server, and over it the company's own days and hours
//! (ORG-6).

use chrono_tz::Tz;
use entity::{calendar_day, calendar_hours};
use rules::kit::calendar::{Calendar, Hours, NamedDay, Shipped};
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::kit::error::{Error, Result};

/// The calendar with the version of the company's own days that it shows.
#[derive(Debug, Clone)]
pub struct CompanyCalendar {
    /// Days, hours and arithmetic.
    pub days: Calendar<Tz>,
    /// Version, as `state_version` counts it.
    pub version: i64,
}

impl CompanyCalendar {
    /// The calendar before the company's own days.
    ///
    /// # Errors
    /// When the shipped file is faulty, which the tests rule out.
    pub(super) fn shipped(zone: Tz) -> Result<Self> {
        let shipped = Shipped::china().map_err(|e| Error::internal(e.to_string()))?;
        Ok(Self {
            days: Calendar::shipped(zone, shipped),
            version: 0,
        })
    }

    /// Reads the company's own days and hours.
    ///
    /// # Errors
    /// When the database fails or keeps what can't be read.
    pub async fn load(db: &impl ConnectionTrait, zone: Tz, version: i64) -> Result<Self> {
        let mut calendar = Self {
            version,
            ..Self::shipped(zone)?
        };
        for row in calendar_day::Entity::find().all(db).await? {
            if let (Some(kind), Some(name)) = (row.kind, row.name) {
                let name =
                    serde_json::from_value(name).map_err(|e| Error::internal(e.to_string()))?;
                let day = NamedDay {
                    kind,
                    name,
                    notice: None,
                };
                calendar.days.name_day(row.on_date, day);
            }
        }
        for row in calendar_hours::Entity::find().all(db).await? {
            if let Some(windows) = row.windows {
                calendar.days.set_hours(row.from_on, hours(&windows)?);
            }
        }
        Ok(calendar)
    }
}

/// Hours as the database keeps them.
fn hours(windows: &str) -> Result<Hours> {
    let fault = || Error::internal(format!("`{windows}` are no working windows"));
    let read: Result<Vec<_>, _> = windows.split(' ').map(str::parse).collect();
    Hours::new(read.map_err(|_| fault())?).map_err(|_| fault())
}
