#include "services/domain/context.h"

namespace services::domain {

const poolcirkel::event::v1::CharterMember* FindMember(
    const poolcirkel::event::v1::Charter& charter, const MemberId& id) {
  for (const auto& member : charter.members()) {
    if (member.member_id() == id.view()) return &member;
  }
  return nullptr;
}

std::string NameOf(const poolcirkel::event::v1::Charter& charter, const MemberId& id) {
  const auto* member = FindMember(charter, id);
  return member != nullptr ? member->short_name() : eventstore::base::ToText(id);
}

}  // namespace services::domain
