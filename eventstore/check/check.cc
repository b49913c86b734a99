#include "eventstore/check/check.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/mutex.h"
#include "eventstore/check/feed_check.h"
#include "eventstore/check/index_check.h"
#include "eventstore/check/note_check.h"
#include "eventstore/log/heads.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/head_file.h"

namespace eventstore::check {
namespace {

// While another process writes, tables may come or go between reading the list and
// opening it.
constexpr int kOpenAttempts = 20;
constexpr auto kBetweenAttempts = std::chrono::milliseconds(20);
constexpr uint64_t kFarAway = uint64_t{1} << 40;

// The head file, before the database is looked at: it may not be ahead of that.
struct RememberedHeads {
  log::Heads heads;
  bool usable = false;
};

RememberedHeads CheckHeadFile(const Options& options, Report& report) {
  RememberedHeads remembered;
  const auto add = [&](std::string detail) {
    report.Add({Part::kHeadFile, "", std::nullopt, std::nullopt, std::nullopt, "heads",
                std::move(detail)});
  };
  const auto contents = storage::ReadHeadFile(options.directory + "/heads", options.environment);
  if (!contents.ok()) {
    add(absl::IsNotFound(contents.status()) ? "ontbreekt"
                                            : std::string(contents.status().message()));
    return remembered;
  }
  if (contents->damaged_slots > 0) add("een van de twee plaatsen is beschadigd");
  auto heads = log::DecodeHeads(contents->value);
  if (!heads.ok()) {
    add(std::string(heads.status().message()));
    return remembered;
  }
  remembered.heads = *std::move(heads);
  remembered.usable = true;
  return remembered;
}

void Rest(std::chrono::nanoseconds duration) {
  base::Mutex mutex;
  base::CondVar nobody;
  const base::MutexLock lock(mutex);
  nobody.WaitFor(mutex, duration);
}

// ABORTED, without a finding, when another process writes too much to be followed.
absl::StatusOr<std::unique_ptr<storage::Database>> OpenToRead(const Options& options,
                                                              const std::string& name,
                                                              Report& report) {
  storage::Database::Options database;
  database.path = PathOf(options, name);
  database.environment = options.environment;
  database.read_only = true;
  database.pin_files = true;
  absl::StatusOr<std::unique_ptr<storage::Database>> opened;
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    opened = storage::Database::Open(database);
    if (opened.ok()) return opened;
    if (absl::IsDataLoss(opened.status())) break;
    Rest(attempt * kBetweenAttempts);
  }
  if (absl::IsAborted(opened.status())) return opened;
  Finding finding;
  finding.part = Part::kDatabase;
  finding.database = name;
  finding.place = database.path;
  finding.detail = absl::StrCat("gaat niet open: ", opened.status().message());
  report.Add(std::move(finding));
  database.salvage = true;
  return storage::Database::Open(database);
}

class DatabaseCheck {
 public:
  DatabaseCheck(Context& context, const RememberedHeads& heads)
      : context_(context), heads_(heads) {}

  // The records; the signatures come when those of all databases were seen.
  void Walk() {
    CheckVersion();
    ReadNames();
    CheckOrphans();
    for (FeedFacts& facts : feeds_) context_.records_total += Estimate(facts);
    for (FeedFacts& facts : feeds_) {
      for (const uint64_t size : SignedSizes(context_, facts.number)) Want(facts, size);
      if (const auto head = heads_.heads.find(facts.id); IsOwn() && head != heads_.heads.end()) {
        Want(facts, head->second.size);
      }
      WalkFeed(context_, facts);
      if (context_.report.stopped) return;
    }
  }

  void Judge() {
    for (FeedFacts& facts : feeds_) {
      std::vector<KnownHead> known = CheckNotes(context_, facts);
      if (const auto head = heads_.heads.find(facts.id); IsOwn() && head != heads_.heads.end()) {
        known.push_back({head->second.size, head->second.root, "het kopbestand", true});
      }
      JudgeFeed(context_, facts, known);
      facts.heads = std::move(known);
      CheckStreams(context_, facts);
      if (context_.report.stopped) return;
    }
    if (IsOwn()) {
      CheckRequests(context_, feeds_);
      CompareHeads();
    }
    if (!context_.Tell("bestanden")) return;
    if (const absl::Status checked = context_.database.VerifyChecksums(); !checked.ok()) {
      context_.Add(Part::kDatabase, nullptr, "", std::string(checked.message()));
    }
  }

  bool IsOwn() const { return context_.name == "own"; }
  std::vector<FeedFacts>& feeds() { return feeds_; }

 private:
  static void Want(FeedFacts& facts, uint64_t size) {
    // What a damaged note says may be anything.
    if (size < kFarAway) facts.roots[size];
  }

  void CheckVersion() {
    const auto version = context_.database.Get(storage::FormatVersionKey());
    if (version.ok() && *version == storage::kFormatVersion) return;
    context_.Add(Part::kDatabase, nullptr, "",
                 version.ok() ? absl::StrCat("heeft een andere indeling dan dit programma kent (",
                                             std::string(storage::kFormatVersion), ")")
                              : std::string(version.status().message()));
  }

  void ReadNames() {
    const auto names = context_.database.Scan(storage::AllFeeds());
    for (; names->Valid(); names->Next()) {
      const auto number = storage::FeedOfKey(names->key());
      const auto id = ReadName(names->value());
      if (!number || !id.ok()) {
        context_.Add(Part::kFeedName, nullptr, "", "is beschadigd");
        continue;
      }
      FeedFacts facts;
      facts.number = *number;
      facts.id = NameByRecords(*number).value_or(*id);
      if (facts.id != *id) {
        context_.Add(Part::kFeedName, &facts.id, absl::StrCat("nummer ", *number),
                     absl::StrCat("staat er als ", log::Origin(*id)));
      }
      feeds_.push_back(std::move(facts));
    }
    if (!names->status().ok()) {
      context_.Add(Part::kFeedName, nullptr, "", std::string(names->status().message()));
    }
  }

  static absl::StatusOr<log::FeedId> ReadName(std::string_view value) {
    constexpr size_t kEpoch = log::CircleId::kSize + log::MemberId::kSize;
    if (value.size() != kEpoch + sizeof(uint32_t)) return absl::DataLossError("lengte");
    log::FeedId id;
    ASSIGN_OR_RETURN(id.circle, log::CircleId::FromBytes(value.substr(0, log::CircleId::kSize)));
    ASSIGN_OR_RETURN(id.member, log::MemberId::FromBytes(
                                    value.substr(log::CircleId::kSize, log::MemberId::kSize)));
    id.epoch = log::Epoch(storage::ReadUint32(value.substr(kEpoch)));
    return id;
  }

  // Every record says which feed it stands in. Two that say the same are believed more
  // than the name.
  std::optional<log::FeedId> NameByRecords(storage::FeedNumber number) {
    std::optional<log::FeedId> named;
    int seen = 0;
    const auto records = context_.database.Scan(storage::RecordsOf(number));
    for (; records->Valid() && seen < 3; records->Next(), ++seen) {
      poolcirkel::log::v1::Record record;
      const std::string_view bytes = records->value();
      if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) continue;
      const auto id = log::FromProto(record.feed());
      if (!id.ok()) continue;
      if (named && *named == *id) return named;
      named = *id;
    }
    return seen == 1 ? named : std::nullopt;
  }

  // Keys of feeds that are not there.
  void CheckOrphans() {
    for (const char kind : storage::kKindsOfFeeds) {
      for (uint64_t from = 0; from <= UINT32_MAX;) {
        const auto keys = context_.database.Scan(
            storage::FromFeedOn(kind, static_cast<storage::FeedNumber>(from)));
        if (!keys->Valid()) break;
        const auto number = storage::FeedOfAnyKey(keys->key());
        const bool known = number && std::ranges::any_of(feeds_, [&](const FeedFacts& facts) {
                             return facts.number == *number;
                           });
        if (!known) {
          context_.Add(Part::kFeedName, nullptr,
                       number ? absl::StrCat("nummer ", *number) : "een onbekende sleutel",
                       "er zijn gegevens van een reeks zonder naam");
        }
        from = number ? uint64_t{*number} + 1 : uint64_t{UINT32_MAX} + 1;
      }
    }
  }

  uint64_t Estimate(const FeedFacts& facts) const {
    const auto last =
        context_.database.Scan(storage::RecordsOf(facts.number), storage::Order::kDescending);
    if (!last->Valid()) return 0;
    return storage::SequenceOfKey(last->key()).value_or(0) + 1;
  }

  void CompareHeads() {
    if (!heads_.usable) return;
    for (const auto& [id, head] : heads_.heads) {
      const bool known = std::ranges::any_of(
          feeds_, [&id = id](const FeedFacts& facts) { return facts.id == id; });
      if (!known) context_.Add(Part::kFeedName, &id, "", "de hele reeks is weg");
    }
    for (const FeedFacts& facts : feeds_) {
      if (facts.size == 0 || heads_.heads.contains(facts.id) || IsRememberedByNow(facts.id)) {
        continue;
      }
      context_.report.Add({Part::kHeadFile, "", facts.id, std::nullopt, std::nullopt, "heads",
                           "noemt deze reeks niet"});
    }
  }

  // A feed that got its first events while this looked.
  bool IsRememberedByNow(const log::FeedId& id) const {
    const auto contents =
        storage::ReadHeadFile(context_.options.directory + "/heads", context_.options.environment);
    if (!contents.ok()) return false;
    const auto heads = log::DecodeHeads(contents->value);
    return heads.ok() && heads->contains(id);
  }

  Context& context_;
  const RememberedHeads& heads_;
  std::vector<FeedFacts> feeds_;
};

struct Opened {
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<Context> context;
  std::unique_ptr<DatabaseCheck> check;
};

absl::Status OpenOne(const Options& options, const std::string& name, const RememberedHeads& heads,
                     Report& report, std::vector<Opened>& opened) {
  if (storage::ListNames(PathOf(options, name), options.environment).empty()) {
    if (name == "replicas" || heads.heads.empty()) return absl::OkStatus();
    Finding finding;
    finding.database = name;
    finding.detail = "is weg";
    report.Add(std::move(finding));
    return absl::OkStatus();
  }
  auto database = OpenToRead(options, name, report);
  if (absl::IsAborted(database.status())) return database.status();
  if (!database.ok()) {
    // Named already; there is nothing to look at.
    return absl::OkStatus();
  }
  Opened one;
  one.database = *std::move(database);
  one.context.reset(new Context{options, *one.database, name, report});
  one.check = std::make_unique<DatabaseCheck>(*one.context, heads);
  opened.push_back(std::move(one));
  return absl::OkStatus();
}

}  // namespace

std::string PathOf(const Options& options, const std::string& name) {
  const std::string& given = name == "own" ? options.own_path : options.replicas_path;
  return given.empty() ? options.directory + "/" + name : given;
}

absl::StatusOr<Report> CheckLog(const Options& options) {
  Facts facts;
  return CheckLog(options, facts);
}

absl::StatusOr<Report> CheckLog(const Options& options, Facts& facts) {
  if (storage::ListNames(options.directory, options.environment).empty()) {
    return absl::NotFoundError(absl::StrCat("in ", options.directory, " staat geen logboek"));
  }
  Report report;
  RememberedHeads heads;
  if (options.own) heads = CheckHeadFile(options, report);
  std::vector<Opened> opened;
  if (options.own) RETURN_IF_ERROR(OpenOne(options, "own", heads, report, opened));
  if (options.replicas) RETURN_IF_ERROR(OpenOne(options, "replicas", heads, report, opened));
  for (Opened& one : opened) {
    one.check->Walk();
    if (report.stopped) return report;
  }
  for (Opened& one : opened) {
    one.check->Judge();
    if (report.stopped) return report;
    (one.check->IsOwn() ? facts.own : facts.replicas) = std::move(one.check->feeds());
  }
  return report;
}

}  // namespace eventstore::check
