#include "services/access/policy.h"

#include <algorithm>

#include "eventstore/base/errors.h"

namespace services::access {
namespace {

namespace base = eventstore::base;

constexpr Role kProfessional = Role::kProfessional;
constexpr Role kPool = Role::kPoolCoordinator;
constexpr Role kNetwork = Role::kNetworkCoordinator;
constexpr Role kAuditor = Role::kAuditor;
constexpr bool kPersonal = true;

// Personal names are for the pools only; a network coordinator sees exchanges, not
// persons; an auditor reads and changes nothing.
std::vector<Rule> PoolRules() {
  return {
      {"/poolcirkel.api.v1.AssignmentService/List",
       Scope::kCircle,
       {kProfessional, kPool, kNetwork, kAuditor}},
      {"/poolcirkel.api.v1.AssignmentService/Publish", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.AssignmentService/Withdraw", Scope::kCircle, {kPool}},

      {"/poolcirkel.api.v1.PrivacyService/Erase", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.PrivacyService/Status", Scope::kCircle, {kPool, kNetwork, kAuditor}},

      {"/poolcirkel.api.v1.ProfessionalService/Disclose", Scope::kCircle, {kPool}, kPersonal},
      {"/poolcirkel.api.v1.ProfessionalService/ListDisclosures",
       Scope::kCircle,
       {kProfessional, kPool, kAuditor},
       kPersonal},
      {"/poolcirkel.api.v1.ProfessionalService/ListOwn", Scope::kCircle, {kPool}, kPersonal},
      {"/poolcirkel.api.v1.ProfessionalService/OpenIdentity", Scope::kCircle, {kPool}, kPersonal},
      {"/poolcirkel.api.v1.ProfessionalService/Register", Scope::kCircle, {kPool}, kPersonal},
      {"/poolcirkel.api.v1.ProfessionalService/Search",
       Scope::kCircle,
       {kPool, kNetwork},
       kPersonal},
      {"/poolcirkel.api.v1.ProfessionalService/StateCapacity", Scope::kCircle, {kPool}, kPersonal},

      {"/poolcirkel.api.v1.SecondmentService/Accept", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.SecondmentService/Confirm", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.SecondmentService/Decline", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.SecondmentService/End", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.SecondmentService/List",
       Scope::kCircle,
       {kPool, kNetwork, kAuditor},
       kPersonal},
      {"/poolcirkel.api.v1.SecondmentService/Propose", Scope::kCircle, {kPool}, kPersonal},
      {"/poolcirkel.api.v1.SecondmentService/Select", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.SecondmentService/Withdraw", Scope::kCircle, {kPool}},

      {"/poolcirkel.api.v1.SessionService/Announce",
       Scope::kCircle,
       {kProfessional, kPool, kNetwork}},
      {"/poolcirkel.api.v1.SessionService/Cancel", Scope::kCircle, {kPool, kNetwork}},
      {"/poolcirkel.api.v1.SessionService/List",
       Scope::kCircle,
       {kProfessional, kPool, kNetwork, kAuditor},
       kPersonal},
      {"/poolcirkel.api.v1.SessionService/SignUp",
       Scope::kCircle,
       {kProfessional, kPool, kNetwork}},
      {"/poolcirkel.api.v1.SessionService/WithdrawSignUp",
       Scope::kCircle,
       {kProfessional, kPool, kNetwork}},
  };
}

std::vector<Rule> NetworkRules() {
  return {
      {"/poolcirkel.api.v1.AuditService/Exchanges",
       Scope::kCircle,
       {kNetwork, kAuditor},
       kPersonal},
      {"/poolcirkel.api.v1.AuditService/Export", Scope::kCircle, {kNetwork, kAuditor}, kPersonal},
      {"/poolcirkel.api.v1.AuditService/Forks", Scope::kCircle, {kNetwork, kAuditor}},
      {"/poolcirkel.api.v1.AuditService/Proof", Scope::kCircle, {kNetwork, kAuditor}},
      {"/poolcirkel.api.v1.AuditService/Tiles", Scope::kCircle, {kNetwork, kAuditor}},

      {"/poolcirkel.api.v1.CircleService/EndEpoch", Scope::kCircle, {kNetwork}},
      {"/poolcirkel.api.v1.CircleService/Found", Scope::kNode, {}},
      {"/poolcirkel.api.v1.CircleService/Invite", Scope::kCircle, {kNetwork}},
      {"/poolcirkel.api.v1.CircleService/Join", Scope::kNode, {}},
      {"/poolcirkel.api.v1.CircleService/List",
       Scope::kShare,
       {kProfessional, kPool, kNetwork, kAuditor}},
      {"/poolcirkel.api.v1.CircleService/MakeMemberEntry", Scope::kNode, {}},
      {"/poolcirkel.api.v1.CircleService/ProposeCharter", Scope::kCircle, {kNetwork}},
      {"/poolcirkel.api.v1.CircleService/Show",
       Scope::kCircle,
       {kProfessional, kPool, kNetwork, kAuditor}},
      {"/poolcirkel.api.v1.CircleService/SignCharter", Scope::kNode, {}},
      {"/poolcirkel.api.v1.CircleService/SignProposal", Scope::kCircle, {kNetwork}},

      {"/poolcirkel.api.v1.LogService/Heads", Scope::kCircle, {kPool, kNetwork, kAuditor}},
      {"/poolcirkel.api.v1.LogService/Read",
       Scope::kCircle,
       {kPool, kNetwork, kAuditor},
       kPersonal},
      {"/poolcirkel.api.v1.LogService/Tail",
       Scope::kCircle,
       {kPool, kNetwork, kAuditor},
       kPersonal},

      {"/poolcirkel.api.v1.NodeService/Backup", Scope::kNode, {}},
      {"/poolcirkel.api.v1.NodeService/IssueToken", Scope::kCircle, {}},
      {"/poolcirkel.api.v1.NodeService/ListTokens", Scope::kNode, {}},
      {"/poolcirkel.api.v1.NodeService/OverrideHead", Scope::kCircle, {}},
      {"/poolcirkel.api.v1.NodeService/RestateCapacity", Scope::kCircle, {kPool}},
      {"/poolcirkel.api.v1.NodeService/RevokeToken", Scope::kNode, {}},
      {"/poolcirkel.api.v1.NodeService/Status", Scope::kShare, {kPool, kNetwork, kAuditor}},
  };
}

std::vector<Rule> MakeRules() {
  std::vector<Rule> rules = PoolRules();
  const std::vector<Rule> network = NetworkRules();
  rules.insert(rules.end(), network.begin(), network.end());
  std::sort(rules.begin(), rules.end(),
            [](const Rule& a, const Rule& b) { return a.method < b.method; });
  return rules;
}

const Rule* Find(std::string_view method) {
  const auto& rules = Rules();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const Rule& rule) { return rule.method == method; });
  return found == rules.end() ? nullptr : &*found;
}

bool MayCall(Role role, const Rule& rule) {
  return role == Role::kAdmin ||
         std::find(rule.roles.begin(), rule.roles.end(), role) != rule.roles.end();
}

// "poolcoordinator of beheerder".
std::string Labels(const Rule& rule) {
  std::string labels;
  for (const Role role : rule.roles) labels += std::string(RoleLabel(role)) + ", ";
  if (!labels.empty()) labels.replace(labels.size() - 2, 2, " of ");
  return labels + std::string(RoleLabel(Role::kAdmin));
}

}  // namespace

const std::vector<Rule>& Rules() {
  static const std::vector<Rule> kRules = MakeRules();
  return kRules;
}

bool IsPersonal(std::string_view method) {
  const Rule* rule = Find(method);
  return rule == nullptr || rule->personal;
}

absl::Status CircleUnknown() {
  return base::Refusal(absl::StatusCode::kNotFound, "CIRCLE_UNKNOWN",
                       "deze poolcirkel is hier niet bekend")
      .Field("circle", "is de korte naam of het id van een poolcirkel van dit lid")
      .Remedy("zie `poolcirkel circle list`");
}

absl::Status Authorize(const Principal& principal, std::string_view method,
                       const std::optional<eventstore::log::CircleId>& circle) {
  const Rule* rule = Find(method);
  if (rule == nullptr) {
    return base::Refusal(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                         "deze vraag mag niemand stellen")
        .Remedy("kijk of knooppunt en gereedschap van dezelfde versie zijn");
  }
  if (!MayCall(principal.role, *rule)) {
    return base::Refusal(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                         "de rol " + std::string(RoleLabel(principal.role)) + " mag dit niet")
        .Metadata("role", RoleName(principal.role))
        .Remedy("vraag het aan een " + Labels(*rule));
  }
  if (!principal.circle) return absl::OkStatus();
  if (circle && *circle != *principal.circle) return CircleUnknown();
  if (rule->scope == Scope::kShare) return absl::OkStatus();
  if (!circle || rule->scope == Scope::kNode) {
    return base::Refusal(absl::StatusCode::kPermissionDenied, "TOKEN_OF_ONE_CIRCLE",
                         "dit toegangsbewijs is voor één poolcirkel; de vraag gaat over meer")
        .Remedy("noem de poolcirkel, of vraag het aan een beheerder van het knooppunt");
  }
  return absl::OkStatus();
}

}  // namespace services::access
