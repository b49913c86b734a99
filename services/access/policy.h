#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "eventstore/log/types.h"
#include "services/access/roles.h"
#include "services/access/tokens.h"

// Which role may call what. Pure. The table stands in policy.cc; a test demands a row
// for every method of api/v1.
namespace services::access {

enum class Scope {
  kCircle,  // about one circle; without a circle only for a token of the whole node
  kNode,    // about the node or all circles: only for a token of the whole node
  kShare,   // as kNode, but a token of one circle is answered with that circle's share
};

struct Rule {
  std::string_view method;  // "/poolcirkel.api.v1.AssignmentService/Publish"
  Scope scope;
  // Besides admin, who may call everything: who hands out the tokens can make any.
  std::vector<Role> roles;
  // The answer tells about persons: none is given before this node has destroyed what it
  // was asked to destroy while it was down.
  bool personal = false;
};

// Ordered by method.
const std::vector<Rule>& Rules();

// `circle` is the one that the request names, resolved; nothing when it names none.
//   PERMISSION_DENIED ROLE_NOT_ALLOWED  names the roles that may; also for a method
//                                       without a row, which nobody may call
//   NOT_FOUND CIRCLE_UNKNOWN            the token is for another circle
//   PERMISSION_DENIED TOKEN_OF_ONE_CIRCLE  the call is about more than the token's circle
absl::Status Authorize(const Principal& principal, std::string_view method,
                       const std::optional<eventstore::log::CircleId>& circle);

// Rule::personal of a method; true for one without a row.
bool IsPersonal(std::string_view method);

// The answer for a circle that does not exist, that this member is not in, or that a
// token is not for. Always the same, so that it tells nothing.
absl::Status CircleUnknown();

}  // namespace services::access
