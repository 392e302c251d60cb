//! Operations on alarms.

use crate::operation::{Level, Need, Scope, operations, roles_for};

const READ: Need = Need::on(Scope::Alarm, Level::Read);
const ADMIN: Need = Need::on(Scope::Alarm, Level::Admin);

operations! {
    /// The entry point of alarms.
    AlarmRootRead = "alarm_root_read" {
        Read Nothing, need: Need::AnyRole(roles_for(Scope::Alarm, Level::Read)), audit: Quiet, rate: Read
    }
    /// List and count alarms.
    AlarmList = "alarm_list" {
        Read Alarms, need: Need::over(Scope::Alarm, Level::Read), audit: Quiet, rate: Read
    }
    /// Read one alarm.
    AlarmRead = "alarm_read" { Read Alarms, need: READ, audit: Quiet, rate: Read }
    /// Raise an alarm about a source.
    AlarmCreate = "alarm_create" { Write Alarms, need: ADMIN, audit: Batch, rate: Ingest }
    /// Change an alarm: its status, severity or text.
    AlarmUpdate = "alarm_update" { Write Alarms, need: ADMIN, audit: Each, rate: Write }
    /// Change the status of alarms by filter.
    AlarmUpdateMany = "alarm_update_many" {
        Write Alarms, need: Need::over(Scope::Alarm, Level::Admin), audit: Each, rate: Write
    }
    /// Delete alarms by filter.
    AlarmDeleteMany = "alarm_delete_many" {
        Write Alarms, need: Need::over(Scope::Alarm, Level::Admin), audit: Each, rate: Write
    }
}
