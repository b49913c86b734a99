#include "services/access/roles.h"

namespace services::access {

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kProfessional:
      return "professional";
    case Role::kPoolCoordinator:
      return "pool_coordinator";
    case Role::kNetworkCoordinator:
      return "network_coordinator";
    case Role::kAuditor:
      return "auditor";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

std::string_view RoleLabel(Role role) {
  switch (role) {
    case Role::kProfessional:
      return "professional";
    case Role::kPoolCoordinator:
      return "poolcoordinator";
    case Role::kNetworkCoordinator:
      return "netwerkcoordinator";
    case Role::kAuditor:
      return "auditor";
    case Role::kAdmin:
      return "beheerder";
  }
  return "";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const Role role : kRoles) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace services::access
