#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace services::access {

// What a user is to a member. Pure values.
enum class Role {
  kProfessional,
  kPoolCoordinator,
  kNetworkCoordinator,
  kAuditor,
  kAdmin,
};

inline constexpr std::array kRoles = {Role::kProfessional, Role::kPoolCoordinator,
                                      Role::kNetworkCoordinator, Role::kAuditor, Role::kAdmin};

// As in requests, files and events: "pool_coordinator".
std::string_view RoleName(Role role);
// As on screens: "poolcoordinator".
std::string_view RoleLabel(Role role);
// From RoleName's text; nothing for any other.
std::optional<Role> ParseRole(std::string_view name);

}  // namespace services::access
