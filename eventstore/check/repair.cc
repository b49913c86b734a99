#include "eventstore/check/repair.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/check/feed_check.h"
#include "eventstore/check/new_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/heads.h"
#include "eventstore/log/request_index.h"
#include "eventstore/merkle/note.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/head_file.h"

namespace eventstore::check {
namespace {

constexpr size_t kSizeOfCosigned = sizeof(uint64_t);

// A database that is read from, and the numbers of its feeds.
struct Source {
  std::unique_ptr<storage::Database> database;
  std::map<log::FeedId, storage::FeedNumber> numbers;
};

absl::StatusOr<std::unique_ptr<storage::Database>> OpenToRead(const std::string& path,
                                                              storage::Environment* environment,
                                                              bool salvage) {
  storage::Database::Options options;
  options.path = path;
  options.environment = environment;
  options.read_only = true;
  options.pin_files = true;
  options.salvage = salvage;
  return storage::Database::Open(options);
}

std::map<log::FeedId, storage::FeedNumber> NumbersOf(const storage::Database& database) {
  constexpr size_t kEpoch = log::CircleId::kSize + log::MemberId::kSize;
  std::map<log::FeedId, storage::FeedNumber> numbers;
  const auto names = database.Scan(storage::AllFeeds());
  for (; names->Valid(); names->Next()) {
    const auto number = storage::FeedOfKey(names->key());
    const std::string_view value = names->value();
    if (!number || value.size() != kEpoch + sizeof(uint32_t)) continue;
    const auto circle = log::CircleId::FromBytes(value.substr(0, log::CircleId::kSize));
    const auto member =
        log::MemberId::FromBytes(value.substr(log::CircleId::kSize, log::MemberId::kSize));
    if (!circle.ok() || !member.ok()) continue;
    numbers[{*circle, *member, log::Epoch(storage::ReadUint32(value.substr(kEpoch)))}] = *number;
  }
  return numbers;
}

class Repair {
 public:
  explicit Repair(const RepairOptions& options)
      : options_(options), check_(options.check), environment_(options.check.environment) {}

  absl::StatusOr<RepairReport> Run() {
    if (!storage::ListNames(options_.out, environment_).empty()) {
      return absl::AlreadyExistsError(absl::StrCat(options_.out, " is niet leeg; noem een map die er nog niet is"));
    }
    RETURN_IF_ERROR(storage::MakeDirectory(options_.out, environment_));
    for (const char* name : {"own", "replicas"}) RETURN_IF_ERROR(Salvage(name));
    Facts facts;
    ASSIGN_OR_RETURN(report_.found, CheckLog(check_, facts));
    if (report_.found.stopped) return absl::CancelledError("het herstel is gestopt");
    AddSalvaged();
    OpenOthers();
    RETURN_IF_ERROR(MakeDatabase("own", facts.own));
    RETURN_IF_ERROR(IndexRequests());
    RETURN_IF_ERROR(MakeDatabase("replicas", facts.replicas));
    RETURN_IF_ERROR(WriteHeads());
    return std::move(report_);
  }

 private:
  // A database whose list of files is damaged does not open; of a copy RocksDB can make
  // the list again.
  absl::Status Salvage(const std::string& name) {
    const std::string path = PathOf(check_, name);
    if (storage::ListNames(path, environment_).empty()) return absl::OkStatus();
    const auto opened = OpenToRead(path, environment_, /*salvage=*/false);
    if (opened.ok()) return absl::OkStatus();
    const std::string copy = absl::StrCat(options_.out, "/salvaged-", name);
    RETURN_IF_ERROR(storage::SalvageCopy(path, copy, environment_));
    Finding finding;
    finding.part = Part::kDatabase;
    finding.database = name;
    finding.place = path;
    finding.detail = absl::StrCat("gaat niet open: ", opened.status().message());
    salvaged_.push_back(std::move(finding));
    (name == "own" ? check_.own_path : check_.replicas_path) = copy;
    return absl::OkStatus();
  }

  void AddSalvaged() {
    for (Finding& finding : salvaged_) {
      report_.found.findings.insert(report_.found.findings.begin(), std::move(finding));
    }
  }

  void OpenOthers() {
    for (const std::string& other : options_.others) {
      for (const char* name : {"/own", "/replicas"}) {
        auto database = OpenToRead(other + name, environment_, /*salvage=*/false);
        if (!database.ok()) {
          database = OpenToRead(other + name, environment_, /*salvage=*/true);
        }
        if (!database.ok()) continue;
        Source source;
        source.database = *std::move(database);
        source.numbers = NumbersOf(*source.database);
        others_.push_back(std::move(source));
      }
    }
  }

  absl::Status MakeDatabase(const std::string& name, std::vector<FeedFacts>& feeds) {
    if (name == "own") AddLostFeeds(feeds);
    here_.reset();
    if (!storage::ListNames(PathOf(check_, name), environment_).empty()) {
      auto opened = OpenToRead(PathOf(check_, name), environment_, /*salvage=*/false);
      if (!opened.ok()) opened = OpenToRead(PathOf(check_, name), environment_, /*salvage=*/true);
      if (opened.ok()) here_ = *std::move(opened);
    }
    ASSIGN_OR_RETURN(made_, NewDatabase::Make(options_.out + "/" + name, environment_));
    aside_.reset();
    for (FeedFacts& facts : feeds) RETURN_IF_ERROR(MakeFeed(name, facts));
    if (aside_) RETURN_IF_ERROR(aside_->Finish());
    aside_.reset();
    const absl::Status finished = made_->Finish();
    made_.reset();
    return finished;
  }

  absl::Status IndexRequests() {
    log::FeedStore::Options store;
    store.path = options_.out + "/own";
    store.environment = environment_;
    ASSIGN_OR_RETURN(const auto own, log::FeedStore::Open(store));
    return log::RequestIndex(*own).Repair();
  }

  // Feeds that only the head file remembers.
  void AddLostFeeds(std::vector<FeedFacts>& feeds) {
    const auto contents = storage::ReadHeadFile(check_.directory + "/heads", environment_);
    if (!contents.ok()) return;
    const auto heads = log::DecodeHeads(contents->value);
    if (!heads.ok()) return;
    for (const auto& [id, head] : *heads) {
      if (std::ranges::any_of(feeds,
                              [&id = id](const FeedFacts& facts) { return facts.id == id; })) {
        continue;
      }
      FeedFacts lost;
      lost.id = id;
      lost.heads.push_back({head.size, head.root, "het kopbestand", true});
      feeds.push_back(std::move(lost));
    }
  }

  // Heads that others hold and that the feed's own member signed.
  void AddHeadsOfOthers(FeedFacts& facts) {
    for (const Source& source : others_) {
      const auto number = source.numbers.find(facts.id);
      if (number == source.numbers.end() || !check_.keys) continue;
      const auto text = source.database->Get(storage::CheckpointKey(number->second));
      if (!text.ok()) continue;
      const auto note = merkle::ParseNote(*text);
      if (!note.ok()) continue;
      const auto checkpoint = merkle::ParseCheckpoint(note->text);
      if (!checkpoint.ok() || checkpoint->origin != log::Origin(facts.id)) continue;
      for (const crypto::PublicKey& key : check_.keys(facts.id)) {
        const auto verified = merkle::VerifyNote(
            *note, {{log::Origin(facts.id), merkle::NoteAlgorithm::kEd25519, key}});
        if (!verified.ok() || verified->empty()) continue;
        facts.heads.push_back({checkpoint->size, checkpoint->root, "een ander", true});
        notes_of_others_[facts.id].push_back(*text);
      }
    }
  }

  std::optional<log::StoredEvent> ReadHere(const FeedFacts& facts, uint64_t sequence) const {
    if (!here_ || facts.number == 0 || facts.damaged.contains(sequence)) return std::nullopt;
    return Decode(*here_, facts.number, facts.id, sequence);
  }

  static std::optional<log::StoredEvent> Decode(const storage::Database& database,
                                                storage::FeedNumber number, const log::FeedId& feed,
                                                uint64_t sequence) {
    auto bytes = database.Get(storage::RecordKey(number, sequence));
    if (!bytes.ok()) return std::nullopt;
    auto event = log::DecodeRecord(feed, log::Sequence(sequence), *std::move(bytes));
    if (!event.ok()) return std::nullopt;
    return *std::move(event);
  }

  std::optional<log::StoredEvent> ReadElsewhere(const FeedFacts& facts, uint64_t sequence) const {
    for (const Source& source : others_) {
      const auto number = source.numbers.find(facts.id);
      if (number == source.numbers.end()) continue;
      auto event = Decode(*source.database, number->second, facts.id, sequence);
      if (event) return event;
    }
    return std::nullopt;
  }

  // How many records from the first on fit the signed heads; from_others tells whose.
  uint64_t FittingSize(const FeedFacts& facts) const {
    Roots roots;
    uint64_t confirmed = 0;
    bool borrowed = false;  // since the last head that agreed
    bool wrong = false;
    for (;;) {
      for (const KnownHead& head : facts.heads) {
        if (!head.trusted || head.size != roots.size()) continue;
        wrong |= head.root != roots.Root();
        if (head.root == roots.Root()) borrowed = false;
      }
      if (wrong) return confirmed;
      if (!borrowed) confirmed = roots.size();
      auto event = ReadHere(facts, roots.size());
      if (!event) {
        event = ReadElsewhere(facts, roots.size());
        borrowed = true;
      }
      if (!event) return confirmed;
      roots.Add(HashLeaf(event->bytes));
    }
  }

  absl::Status MakeFeed(const std::string& name, FeedFacts& facts) {
    AddHeadsOfOthers(facts);
    RepairedFeed row{name, facts.id, facts.size, 0, 0, 0};
    for (const KnownHead& head : facts.heads) {
      if (head.trusted) row.known = std::max(row.known, head.size);
    }
    row.recovered = FittingSize(facts);
    RETURN_IF_ERROR(made_->StartFeed(facts.id));
    for (uint64_t i = 0; i < row.recovered; ++i) {
      auto event = ReadHere(facts, i);
      if (!event) {
        event = ReadElsewhere(facts, i);
        ++row.from_others;
      }
      if (!event) return absl::DataLossError("een gebeurtenis was er net nog");
      RETURN_IF_ERROR(made_->Append(*event));
    }
    RETURN_IF_ERROR(KeepNotes(facts));
    RETURN_IF_ERROR(SetAside(name, facts, row));
    if (name == "own" && row.recovered > 0) heads_[facts.id] = {row.recovered, made_->Root()};
    report_.feeds.push_back(std::move(row));
    return absl::OkStatus();
  }

  bool Fits(const FeedFacts& facts, std::string_view text) const {
    const auto note = merkle::ParseNote(text);
    if (!note.ok()) return false;
    const auto checkpoint = merkle::ParseCheckpoint(note->text);
    if (!checkpoint.ok() || checkpoint->size > made_->size()) return false;
    return std::ranges::any_of(facts.heads, [&](const KnownHead& head) {
      return head.trusted && head.size == checkpoint->size && head.root == checkpoint->root;
    });
  }

  absl::Status KeepNotes(const FeedFacts& facts) {
    // The largest last, so that it stays.
    std::vector<std::pair<uint64_t, std::string>> notes;
    const auto add = [&](const std::string& text) {
      if (!Fits(facts, text)) return;
      notes.emplace_back(merkle::ParseCheckpoint(merkle::ParseNote(text)->text)->size, text);
    };
    for (const std::string& text : notes_of_others_[facts.id]) add(text);
    if (here_ && facts.number != 0) {
      const auto text = here_->Get(storage::CheckpointKey(facts.number));
      if (text.ok()) add(*text);
      const auto cosigned = here_->Scan(storage::CosignaturesOf(facts.number));
      for (; cosigned->Valid(); cosigned->Next()) {
        if (cosigned->value().size() < kSizeOfCosigned ||
            !Fits(facts, cosigned->value().substr(kSizeOfCosigned))) {
          continue;
        }
        RETURN_IF_ERROR(
            made_->PutCosignature(storage::WitnessOfKey(cosigned->key()), cosigned->value()));
      }
    }
    if (notes.empty()) return absl::OkStatus();
    return made_->PutNote(std::ranges::max_element(notes)->second);
  }

  absl::Status SetAside(const std::string& name, const FeedFacts& facts, RepairedFeed& row) {
    bool started = false;
    for (uint64_t i = row.recovered; i < facts.size; ++i) {
      const auto event = ReadHere(facts, i);
      if (!event) continue;
      if (!aside_) {
        report_.set_aside = options_.out + "/set-aside";
        RETURN_IF_ERROR(storage::MakeDirectory(report_.set_aside, environment_));
        ASSIGN_OR_RETURN(aside_, NewDatabase::Make(report_.set_aside + "/" + name, environment_));
      }
      if (!started) RETURN_IF_ERROR(aside_->StartFeed(facts.id));
      started = true;
      RETURN_IF_ERROR(aside_->PutAside(i, event->bytes));
      ++row.set_aside;
    }
    return absl::OkStatus();
  }

  absl::Status WriteHeads() {
    ASSIGN_OR_RETURN(const auto file,
                     storage::HeadFile::Open(options_.out + "/heads", environment_));
    // Both slots, so that none says that nothing was ever written.
    RETURN_IF_ERROR(file->Write(log::EncodeHeads(heads_)));
    return file->Write(log::EncodeHeads(heads_));
  }

  const RepairOptions& options_;
  Options check_;
  storage::Environment* const environment_;
  std::vector<Finding> salvaged_;
  std::vector<Source> others_;
  std::map<log::FeedId, std::vector<std::string>> notes_of_others_;
  std::unique_ptr<storage::Database> here_;
  std::unique_ptr<NewDatabase> made_;
  std::unique_ptr<NewDatabase> aside_;
  log::Heads heads_;
  RepairReport report_;
};

}  // namespace

bool RepairReport::complete() const {
  return std::ranges::all_of(feeds,
                             [](const RepairedFeed& feed) { return feed.recovered == feed.known; });
}

absl::StatusOr<RepairReport> RepairLog(const RepairOptions& options) {
  return Repair(options).Run();
}

}  // namespace eventstore::check
