/** The order of the roles. */
import { ROLES, type Role } from "../api/schemas.ts";

/** Whether `role` may do what needs at least `least`. */
export const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
