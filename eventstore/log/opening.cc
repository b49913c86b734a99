#include "eventstore/log/opening.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/request_index.h"

namespace eventstore::log {
namespace {

absl::Status LostTail(const FeedId& feed, const Head& head, uint64_t size) {
  return base::Refusal(absl::StatusCode::kDataLoss, "OWN_FEED_LOST",
                       absl::StrCat("reeks ", Origin(feed), " hoort ", head.size,
                                    " gebeurtenissen te hebben en heeft er ", size,
                                    ", of andere dan het kopbestand onthield"))
      .Metadata("feed", Origin(feed))
      .Remedy(
          "zet geen oude kopie terug en verwijder het kopbestand niet; herstel de map van dit lid "
          "of haal de reeksen terug bij andere leden");
}

absl::Status CheckHeads(const FeedStore& store, const Heads& heads) {
  for (const auto& [id, head] : heads) {
    const Feed* feed = store.Find(id);
    if (feed == nullptr) return LostTail(id, head, 0);
    if (feed->size() < head.size) return LostTail(id, head, feed->size());
    ASSIGN_OR_RETURN(const crypto::Digest root, store.RootAt(*feed, head.size));
    if (root != head.root) return LostTail(id, head, feed->size());
  }
  return absl::OkStatus();
}

Heads HeadsOf(const FeedStore& store) {
  Heads heads;
  for (const Feed* feed : store.feeds()) {
    if (feed->size() > 0) heads[feed->id()] = {feed->size(), feed->frontier().Root()};
  }
  return heads;
}

absl::StatusOr<absl::Time> LastRecorded(const FeedStore& store) {
  absl::Time last = absl::UnixEpoch();
  for (const Feed* feed : store.feeds()) {
    if (feed->size() == 0) continue;
    ASSIGN_OR_RETURN(const StoredEvent event, store.ReadOne(*feed, Sequence(feed->size() - 1)));
    last = std::max(last, event.recorded_at);
  }
  return last;
}

// The parts that may be damaged without the log being refused.
absl::StatusOr<OwnFeeds> OpenParts(const EventLog::Options& options, absl::Status& lost) {
  OwnFeeds own;
  ASSIGN_OR_RETURN(own.head_file,
                   storage::HeadFile::Open(options.directory + "/heads", options.environment));
  ASSIGN_OR_RETURN(own.heads, DecodeHeads(own.head_file->value()));
  FeedStore::Options store_options{options.directory + "/own", options.environment};
  // Looked at without touching it first: opening for writing would already change
  // the files of a database that lost its tail.
  if (!own.heads.empty()) {
    store_options.read_only = true;
    auto unchanged = FeedStore::Open(store_options);
    if (absl::IsInvalidArgument(unchanged.status()) || absl::IsNotFound(unchanged.status())) {
      return absl::DataLossError(
          absl::StrCat("de eigen database is weg: ", unchanged.status().message()));
    }
    if (!unchanged.ok()) return unchanged.status();
    lost = CheckHeads(**unchanged, own.heads);
    if (!lost.ok()) return lost;
    store_options.read_only = false;
  }
  store_options.lock_feeds = true;
  ASSIGN_OR_RETURN(own.store, FeedStore::Open(store_options));
  RETURN_IF_ERROR(RequestIndex(*own.store).Repair());
  ASSIGN_OR_RETURN(own.last_recorded, LastRecorded(*own.store));
  if (Heads present = HeadsOf(*own.store); present != own.heads) {
    own.heads = std::move(present);
    RETURN_IF_ERROR(own.head_file->Write(EncodeHeads(own.heads)));
  }
  return own;
}

}  // namespace

absl::StatusOr<OwnFeeds> OpenOwnFeeds(const EventLog::Options& options) {
  absl::Status lost;
  auto own = OpenParts(options, lost);
  if (!lost.ok()) return lost;
  if (own.ok()) return own;
  OwnFeeds damaged;
  damaged.status = own.status();
  return damaged;
}

}  // namespace eventstore::log
