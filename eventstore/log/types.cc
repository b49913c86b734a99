#include "eventstore/log/types.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "eventstore/base/errors.h"

namespace eventstore::log {
namespace {

constexpr char kOriginPrefix[] = "poolcirkel.example/v1/";

template <typename Id>
absl::Status ReadId(const std::string& bytes, const char* field, Id& id) {
  auto parsed = Id::FromBytes(bytes);
  if (!parsed.ok()) return base::InvalidField(field, absl::StrCat("heeft ", Id::kSize, " bytes"));
  id = *parsed;
  return absl::OkStatus();
}

absl::Status NotAnOrigin() {
  return base::InvalidField("origin",
                            "is 'poolcirkel.example/v1/<poolcirkel>/<lid>/<tijdvak>' van een reeks");
}

}  // namespace

std::string Origin(const FeedId& feed) {
  return absl::StrCat(kOriginPrefix, base::ToText(feed.circle), "/", base::ToText(feed.member), "/",
                      feed.epoch.value());
}

absl::StatusOr<FeedId> ParseOrigin(std::string_view origin) {
  absl::string_view rest(origin.data(), origin.size());
  constexpr size_t kLongest = 200;
  if (rest.size() > kLongest || !absl::ConsumePrefix(&rest, kOriginPrefix)) return NotAnOrigin();
  const std::vector<std::string> parts = absl::StrSplit(rest, '/');
  uint32_t epoch = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[2], &epoch)) return NotAnOrigin();
  const auto circle_bytes = base::FromHex(parts[0]);
  if (!circle_bytes.ok()) return NotAnOrigin();
  const auto circle = CircleId::FromBytes(*circle_bytes);
  const auto member = base::ParseUuid<MemberId>(parts[1]);
  if (!circle.ok() || !member.ok()) return NotAnOrigin();
  const FeedId feed{*circle, *member, Epoch(epoch)};
  // Upper case, a plus sign or leading zeros would give a feed a second name.
  if (Origin(feed) != origin) return NotAnOrigin();
  return feed;
}

absl::StatusOr<FeedId> FromProto(const poolcirkel::log::v1::FeedId& proto) {
  FeedId feed;
  RETURN_IF_ERROR(ReadId(proto.circle_id(), "feed.circle_id", feed.circle));
  RETURN_IF_ERROR(ReadId(proto.member_id(), "feed.member_id", feed.member));
  feed.epoch = Epoch(proto.epoch());
  return feed;
}

poolcirkel::log::v1::FeedId ToProto(const FeedId& feed) {
  poolcirkel::log::v1::FeedId proto;
  proto.set_circle_id(feed.circle.bytes());
  proto.set_member_id(feed.member.bytes());
  proto.set_epoch(static_cast<uint32_t>(feed.epoch.value()));
  return proto;
}

Sequence Cursor::At(const FeedId& feed) const {
  const auto found = positions_.find(feed);
  return found == positions_.end() ? Sequence(0) : found->second;
}

void Cursor::Advance(const FeedId& feed, Sequence next) {
  Sequence& position = positions_[feed];
  if (position < next) position = next;
}

bool Cursor::Covers(const Cursor& other) const {
  for (const auto& [feed, next] : other.positions_) {
    if (At(feed) < next) return false;
  }
  return true;
}

absl::StatusOr<Cursor> FromProto(const poolcirkel::log::v1::Cursor& proto) {
  Cursor cursor;
  for (const auto& position : proto.positions()) {
    ASSIGN_OR_RETURN(const FeedId feed, FromProto(position.feed()));
    if (!cursor.positions().empty() && cursor.positions().rbegin()->first >= feed) {
      return base::InvalidField("cursor.positions",
                                "staan op volgorde van reeks, elke reeks hoogstens eenmaal");
    }
    cursor.Set(feed, Sequence(position.next_sequence()));
  }
  return cursor;
}

poolcirkel::log::v1::Cursor ToProto(const Cursor& cursor) {
  poolcirkel::log::v1::Cursor proto;
  for (const auto& [feed, next] : cursor.positions()) {
    auto* position = proto.add_positions();
    *position->mutable_feed() = ToProto(feed);
    position->set_next_sequence(next.value());
  }
  return proto;
}

}  // namespace eventstore::log
