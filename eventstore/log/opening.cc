#include "eventstore/log/opening.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/request_index.h"
#include "eventstore/storage/files.h"

namespace eventstore::log {
namespace {

constexpr char kRemedy[] =
    "zet geen oude kopie terug en verwijder het kopbestand niet; kijk met `poolcirkel log fsck` "
    "wat er mis is en maak met `poolcirkel log repair` een nieuwe database, of zet een "
    "reservekopie terug";

absl::Status LostTail(const FeedId& feed, const Head& head, uint64_t size) {
  return base::Refusal(absl::StatusCode::kDataLoss, "OWN_FEED_LOST",
                       absl::StrCat("reeks ", Origin(feed), " hoort ", head.size,
                                    " gebeurtenissen te hebben en heeft er ", size,
                                    ", of andere dan het kopbestand onthield"))
      .Metadata("feed", Origin(feed))
      .Remedy(kRemedy);
}

absl::Status HeadFileMissing() {
  return base::Refusal(absl::StatusCode::kDataLoss, "HEAD_FILE_MISSING",
                       "het kopbestand ontbreekt naast een logboek met gebeurtenissen; zonder "
                       "kopbestand is niet na te gaan of er iets weg is")
      .Remedy(kRemedy);
}

absl::Status DatabaseGone() {
  return base::Refusal(absl::StatusCode::kDataLoss, "OWN_FEED_LOST", "de eigen database is weg")
      .Remedy(kRemedy);
}

bool IsDamage(const absl::Status& status) {
  // A database of which files are missing says not found, or that it does not exist.
  return absl::IsDataLoss(status) || absl::IsNotFound(status) || absl::IsInvalidArgument(status);
}

std::string HeadPath(const EventLog::Options& options) { return options.directory + "/heads"; }

FeedStore::Options OwnStore(const EventLog::Options& options) {
  FeedStore::Options store;
  store.path = options.directory + "/own";
  store.environment = options.environment;
  store.lock_feeds = true;
  return store;
}

// Nothing was ever written: there is no database, or one that was just made.
bool IsNew(const EventLog::Options& options) {
  return !storage::FileExists(options.directory + "/own/CURRENT", options.environment);
}

struct RememberedHeads {
  Heads heads;
  uint64_t generation = 0;  // 0: no head was ever written
};

absl::StatusOr<RememberedHeads> ReadHeads(const EventLog::Options& options) {
  const auto contents = storage::ReadHeadFile(HeadPath(options), options.environment);
  if (absl::IsNotFound(contents.status())) return RememberedHeads();
  RETURN_IF_ERROR(contents.status());
  ASSIGN_OR_RETURN(Heads heads, DecodeHeads(contents->value));
  return RememberedHeads{std::move(heads), contents->generation};
}

// What is left of a database that does not open as it should.
std::unique_ptr<FeedStore> OpenWhatIsLeft(const EventLog::Options& options) {
  FeedStore::Options store = OwnStore(options);
  store.read_only = true;
  store.salvage = true;
  auto salvaged = FeedStore::Open(store);
  return salvaged.ok() ? *std::move(salvaged) : nullptr;
}

// Looks without touching: opening for writing would already change the files of a
// database that lost its tail.
absl::Status LookFirst(const EventLog::Options& options, const RememberedHeads& remembered,
                       std::unique_ptr<FeedStore>& unchanged) {
  FeedStore::Options store = OwnStore(options);
  store.read_only = true;
  auto opened = FeedStore::Open(store);
  if (!opened.ok()) {
    if (!IsDamage(opened.status())) return opened.status();
    unchanged = OpenWhatIsLeft(options);
    if (absl::IsDataLoss(opened.status())) return opened.status();
    return absl::DataLossError(
        absl::StrCat("de eigen database is beschadigd: ", opened.status().message()));
  }
  unchanged = *std::move(opened);
  if (remembered.generation == 0 && !HeadsOf(*unchanged).empty()) return HeadFileMissing();
  return CheckHeads(*unchanged, remembered.heads);
}

absl::Status OpenForWriting(const EventLog::Options& options, OwnFeeds& own) {
  RETURN_IF_ERROR(storage::ProbeDisk(options.directory, options.environment));
  ASSIGN_OR_RETURN(own.store, FeedStore::Open(OwnStore(options)));
  RETURN_IF_ERROR(RequestIndex(*own.store).Repair());
  ASSIGN_OR_RETURN(own.last_recorded, LastRecorded(*own.store));
  ASSIGN_OR_RETURN(own.head_file, storage::HeadFile::Open(HeadPath(options), options.environment));
  // Also for a new log: from then on a head file that says nothing is a lost one.
  if (Heads present = HeadsOf(*own.store);
      present != own.heads || own.head_file->generation() == 0) {
    own.heads = std::move(present);
    RETURN_IF_ERROR(own.head_file->Write(EncodeHeads(own.heads)));
  }
  return absl::OkStatus();
}

absl::Status OpenInto(const EventLog::Options& options, OwnFeeds& own) {
  ASSIGN_OR_RETURN(const RememberedHeads remembered, ReadHeads(options));
  own.heads = remembered.heads;
  const bool is_new = IsNew(options);
  if (is_new && !own.heads.empty()) return DatabaseGone();
  std::unique_ptr<FeedStore> unchanged;
  if (!is_new) {
    const absl::Status looked = LookFirst(options, remembered, unchanged);
    if (!looked.ok()) {
      own.store = std::move(unchanged);
      return looked;
    }
  }
  const absl::Status opened = OpenForWriting(options, own);
  if (opened.ok()) return opened;
  // Two instances of one database for reading would be one too many.
  if (own.store == nullptr) own.store = std::move(unchanged);
  return opened;
}

absl::StatusOr<std::unique_ptr<FeedStore>> OpenWhenWritable(const FeedStore::Options& store,
                                                            const std::string& directory) {
  RETURN_IF_ERROR(storage::ProbeDisk(directory, store.environment));
  return FeedStore::Open(store);
}

std::string PutAside(const std::string& path, storage::Environment* environment) {
  for (int n = 1;; ++n) {
    std::string aside = absl::StrCat(path, ".damaged-", n);
    if (storage::FileExists(aside, environment)) continue;
    if (!storage::ListNames(aside, environment).empty()) continue;
    return aside;
  }
}

}  // namespace

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

OwnFeeds OpenOwnFeeds(const EventLog::Options& options) {
  OwnFeeds own;
  own.status = OpenInto(options, own);
  // A damaged head file beside a whole database: the events can still be read.
  if (absl::IsDataLoss(own.status) && own.store == nullptr && !IsNew(options)) {
    own.store = OpenWhatIsLeft(options);
  }
  return own;
}

absl::StatusOr<std::unique_ptr<FeedStore>> OpenReplicas(const EventLog::Options& options,
                                                        std::vector<std::string>& report) {
  FeedStore::Options store;
  store.path = options.directory + "/replicas";
  store.environment = options.environment;
  store.damage_mark = options.directory + "/replicas.damaged";
  std::string reason;
  if (storage::FileExists(store.damage_mark, options.environment)) {
    reason = storage::ReadSmallFile(store.damage_mark, options.environment).value_or("");
  } else {
    auto opened = OpenWhenWritable(store, options.directory);
    if (opened.ok()) return opened;
    if (!IsDamage(opened.status())) {
      // Perhaps it can be read; whether it can be written is tried again later.
      FeedStore::Options reading = store;
      reading.read_only = true;
      auto read_only = FeedStore::Open(reading);
      if (storage::IsInUse(opened.status()) || !read_only.ok()) return opened.status();
      (*read_only)->Remember(opened.status()).IgnoreError();
      return read_only;
    }
    reason = std::string(opened.status().message());
  }
  const std::string aside = PutAside(store.path, options.environment);
  RETURN_IF_ERROR(storage::RenamePath(store.path, aside, options.environment));
  RETURN_IF_ERROR(storage::RemoveFile(store.damage_mark, options.environment));
  report.push_back(
      absl::StrCat("de kopieën van andere leden waren beschadigd en worden opnieuw "
                   "opgehaald; de oude staan in ",
                   aside, " (", reason, ")"));
  return FeedStore::Open(store);
}

}  // namespace eventstore::log
