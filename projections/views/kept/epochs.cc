#include "projections/views/kept/epochs.h"

#include "eventstore/base/errors.h"
#include "eventstore/storage/keys.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "projections/views/kept/charter_chain.h"

namespace projections::views::kept {

using eventstore::log::CircleId;
using eventstore::log::Epoch;
using eventstore::log::FeedId;
using eventstore::log::MemberId;

namespace {

constexpr std::string_view kCharterRow = "c";  // bytes of the newest verified charter
constexpr std::string_view kVersionRow = "C";  // its version plus one, to find the newest by
constexpr size_t kVersionSize = 4;

void AddEnds(const CircleId& circle, const poolcirkel::event::v1::Charter& charter, Ends& ends) {
  for (const auto& entry : charter.members()) {
    const auto member = MemberId::FromBytes(entry.member_id());
    if (!member.ok()) continue;
    for (const auto& closed : entry.closed_epochs()) {
      ends.Set(FeedId{circle, *member, Epoch(closed.epoch())}, closed.final_size());
    }
  }
}

}  // namespace

absl::Status KeepCharter(const engine::Event& event, engine::RowWriter& rows) {
  ASSIGN_OR_RETURN(const auto previous, rows.Get(kCharterRow));
  const auto& adopted = event.body().charter_adopted().charter();
  const auto charter = FollowingCharter(event.feed().circle, previous, adopted);
  if (!charter.has_value()) return absl::OkStatus();
  rows.Put(kCharterRow, adopted.charter());
  std::string version;
  eventstore::storage::AppendUint32(version, charter->version() + 1);
  rows.Put(kVersionRow, version);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> KeptCharter(engine::RowWriter& rows) {
  return rows.Get(kCharterRow);
}

bool IsCharterRow(std::string_view key) { return key == kVersionRow; }

FeedId HistoryOf(const FeedId& feed) { return FeedId{feed.circle, feed.member, Epoch(0)}; }

absl::StatusOr<Ends> ReadEnds(const engine::ViewReader& reader, const CircleId& circle) {
  Ends ends;
  FeedId newest;
  uint32_t version = 0;
  for (const FeedId& feed : reader.FeedsOf(circle)) {
    ASSIGN_OR_RETURN(const auto row, reader.Get(feed, kVersionRow));
    if (!row.has_value()) continue;
    if (row->size() != kVersionSize)
      return absl::DataLossError("a charter's version is unreadable");
    const uint32_t known = eventstore::storage::ReadUint32(*row);
    if (known <= version) continue;
    version = known;
    newest = feed;
  }
  if (version == 0) return ends;
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(newest, kCharterRow));
  poolcirkel::event::v1::Charter charter;
  if (!bytes.has_value() || !charter.ParseFromString(*bytes)) {
    return absl::DataLossError("a kept charter cannot be read");
  }
  AddEnds(circle, charter, ends);
  return ends;
}

std::vector<FeedId> PartsOf(const engine::ViewReader& reader, const FeedId& feed) {
  std::vector<FeedId> parts;
  for (const FeedId& one : reader.FeedsOf(feed.circle)) {
    if (one.member == feed.member) parts.push_back(one);
  }
  return parts;
}

}  // namespace projections::views::kept
