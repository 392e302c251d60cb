//! Operations on projects: sandboxed parts of a tenant (R117). A project is a managed object: it is read, renamed and
//! deleted as one, and its members are those with permissions on it.

use crate::operation::{Level, Need, Scope, operations, roles_for};

const MANAGERS: Need = Need::AnyRole(roles_for(Scope::ManagedObject, Level::Admin));
const ADMIN: Need = Need::on(Scope::ManagedObject, Level::Admin);

operations! {
    /// Create a project, and say how many objects it may hold: not for its members to decide.
    ProjectManage = "project_manage" { Write Inventory, need: MANAGERS, audit: Each, rate: Write }
    /// Move an object with everything below it into a project or out of one. Where it goes to, the right to create there
    /// is needed as well.
    ProjectMove = "project_move" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
}
