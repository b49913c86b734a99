#include "services/membership/circles.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"

namespace services::membership {

using eventstore::log::Epoch;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using poolcirkel::event::v1::CharterMember;

FeedId Circle::FeedOf(const MemberId& member) const {
  const CharterMember* entry = Member(member);
  return FeedId{id, member, Epoch(entry == nullptr ? 0 : entry->epoch())};
}

std::vector<FeedPart> Circle::FeedsOf(const MemberId& member) const {
  std::vector<FeedPart> parts;
  const CharterMember* entry = Member(member);
  if (entry != nullptr) {
    for (const auto& closed : entry->closed_epochs()) {
      parts.push_back({FeedId{id, member, Epoch(closed.epoch())}, closed.final_size()});
    }
  }
  const FeedId present = FeedOf(member);
  if (parts.empty() || parts.back().feed != present) parts.push_back({present, std::nullopt});
  return parts;
}

bool Circle::IsSuspended(const MemberId& member) const {
  const CharterMember* entry = Member(member);
  return entry != nullptr && entry->suspended();
}

std::vector<FeedPart> HistoryOf(const Circles& circles, const FeedId& feed) {
  const CirclePtr circle = circles.Find(feed.circle);
  if (circle == nullptr) return {{feed, std::nullopt}};
  return circle->FeedsOf(feed.member);
}

const CharterMember* Circle::Member(const MemberId& member) const {
  for (const CharterMember& entry : charter.members()) {
    if (entry.member_id() == member.view()) return &entry;
  }
  return nullptr;
}

absl::StatusOr<MemberId> Circle::FindMember(std::string_view name) const {
  std::vector<std::string> names;
  for (const CharterMember& entry : charter.members()) {
    const auto member = MemberId::FromBytes(entry.member_id());
    if (!member.ok()) continue;
    const bool named = entry.short_name() == name || eventstore::base::ToText(*member) == name;
    if (named) return *member;
    names.push_back(entry.short_name());
  }
  return eventstore::base::Refusal(absl::StatusCode::kNotFound, "MEMBER_UNKNOWN",
                                   absl::StrCat("'", std::string(name.substr(0, 80)),
                                                "' is geen lid van deze poolcirkel"))
      .Field("member", absl::StrCat("is een van: ", absl::StrJoin(names, ", ")))
      .Remedy("kies een lid uit `poolcirkel circle show`")
      .Status();
}

absl::StatusOr<FeedId> Circle::FindFeed(std::string_view member,
                                        std::optional<uint32_t> epoch) const {
  MemberId who = self;
  if (!member.empty()) {
    ASSIGN_OR_RETURN(who, FindMember(member));
  }
  if (!epoch.has_value()) return FeedOf(who);
  std::vector<std::string> known;
  for (const FeedPart& part : FeedsOf(who)) {
    if (part.feed.epoch == Epoch(*epoch)) return part.feed;
    known.push_back(std::to_string(part.feed.epoch.value()));
  }
  return eventstore::base::Refusal(absl::StatusCode::kNotFound, "EPOCH_UNKNOWN",
                                   absl::StrCat("dit lid heeft geen tijdvak ", *epoch))
      .Field("epoch", absl::StrCat("is een van: ", absl::StrJoin(known, ", ")))
      .Remedy("kies een tijdvak uit `poolcirkel log heads --all-epochs`")
      .Status();
}

bool Circle::IsCoordinator(const MemberId& member) const {
  const CharterMember* entry = Member(member);
  return entry != nullptr && entry->coordinator();
}

std::vector<MemberId> Circle::Members() const {
  std::vector<MemberId> members;
  for (const CharterMember& entry : charter.members()) {
    if (const auto member = MemberId::FromBytes(entry.member_id()); member.ok()) {
      members.push_back(*member);
    }
  }
  return members;
}

std::vector<MemberId> Circle::Coordinators() const {
  std::vector<MemberId> coordinators;
  for (const MemberId& member : Members()) {
    if (IsCoordinator(member)) coordinators.push_back(member);
  }
  return coordinators;
}

}  // namespace services::membership
