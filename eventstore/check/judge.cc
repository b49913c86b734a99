// Which of the things that disagree is the damaged one.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/check/feed_check.h"

namespace eventstore::check {
namespace {

class Judge {
 public:
  Judge(Context& context, FeedFacts& facts, const std::vector<KnownHead>& heads)
      : context_(context), facts_(facts), heads_(heads) {}

  void Run() {
    JudgeMismatches();
    NameLostTail();
    for (const KnownHead& head : heads_) {
      if (head.trusted) JudgeHead(head);
    }
  }

 private:
  const RootPair* RootsAt(uint64_t size) const {
    const auto found = facts_.roots.find(size);
    if (found == facts_.roots.end() || !found->second) return nullptr;
    return &*found->second;
  }

  // A trusted head over the record agrees with the root of `side`.
  bool Confirmed(uint64_t sequence, Digest RootPair::*side) const {
    return std::ranges::any_of(heads_, [&](const KnownHead& head) {
      const RootPair* roots = RootsAt(head.size);
      return head.trusted && head.size > sequence && roots != nullptr && roots->*side == head.root;
    });
  }

  void AddRecord(uint64_t sequence, std::optional<log::EventId> event, std::string detail) {
    facts_.damaged.insert(sequence);
    context_.report.Add({Part::kRecord, context_.name, facts_.id, log::Sequence(sequence),
                         std::move(event), "", std::move(detail)});
  }

  void AddTile(uint64_t sequence, std::string detail) {
    context_.Add(Part::kTile, &facts_.id, absl::StrCat("tegel 0/", sequence / kTileWidth),
                 std::move(detail));
  }

  void JudgeMismatches() {
    uint64_t last_tile = 0;
    bool told = false;
    for (const Mismatch& mismatch : facts_.mismatches) {
      const uint64_t tile = mismatch.sequence / kTileWidth;
      const bool is_new = !told || tile != last_tile;
      if (Confirmed(mismatch.sequence, &RootPair::from_records)) {
        if (is_new) {
          AddTile(mismatch.sequence, absl::StrCat("de hash van gebeurtenis ", mismatch.sequence,
                                                  " is beschadigd; de gebeurtenis klopt"));
        }
        last_tile = tile;
        told = true;
        continue;
      }
      if (facts_.damaged.contains(mismatch.sequence)) continue;
      if (Confirmed(mismatch.sequence, &RootPair::from_tiles)) {
        AddRecord(mismatch.sequence, mismatch.event,
                  "is beschadigd: zij past niet bij de ondertekende boom");
        continue;
      }
      AddRecord(mismatch.sequence, mismatch.event,
                "past niet bij haar tegel; welke van de twee beschadigd is, is niet vast te "
                "stellen");
      AddTile(mismatch.sequence, absl::StrCat("past niet bij gebeurtenis ", mismatch.sequence));
    }
  }

  // What was signed or remembered and is not there at all.
  void NameLostTail() {
    uint64_t end = facts_.size;
    for (const KnownHead& head : heads_) {
      if (head.trusted) end = std::max(end, head.size);
    }
    for (uint64_t i = facts_.size; i < end; ++i) {
      if (i - facts_.size >= Report::kMaximumFindings) {
        context_.report.left_out += end - i;
        return;
      }
      context_.report.Add({Part::kRecord, context_.name, facts_.id, log::Sequence(i), std::nullopt,
                           "", "ontbreekt"});
    }
  }

  // The bit of one of the last records that makes the tree fit.
  std::optional<TurnedBit> FindBit(const KnownHead& head) const {
    const uint64_t tail = facts_.before_tail.size();
    std::vector<std::string_view> records;
    for (uint64_t i = tail; i < head.size; ++i) records.push_back(facts_.tail[i - tail]);
    const auto bit = FindTurnedBit(facts_.before_tail, records, head.root);
    if (bit || facts_.before_tail.Root() == facts_.records_before_tail.Root()) return bit;
    return FindTurnedBit(facts_.records_before_tail, records, head.root);
  }

  void JudgeHead(const KnownHead& head) {
    const RootPair* roots = RootsAt(head.size);
    if (roots == nullptr) return;  // records before it are missing, and were named
    if (roots->from_records == head.root || roots->from_tiles == head.root) return;
    // One of the last that was named already explains it; of those before, the tiles have
    // the right hashes.
    const auto named = facts_.damaged.lower_bound(facts_.before_tail.size());
    if (named != facts_.damaged.end() && *named < head.size) return;
    uint64_t first = 0;
    for (const KnownHead& other : heads_) {
      const RootPair* agreed = RootsAt(other.size);
      if (other.trusted && other.size < head.size && agreed != nullptr &&
          agreed->from_records == other.root) {
        first = std::max(first, other.size);
      }
    }
    const uint64_t tail = facts_.before_tail.size();
    if (head.size > tail) {
      if (const auto bit = FindBit(head)) {
        const uint64_t sequence = tail + bit->record;
        std::string whole = facts_.tail[bit->record];
        whole[bit->bit / 8] = static_cast<char>(whole[bit->bit / 8] ^ (1 << bit->bit % 8));
        const auto event = log::ReadStored(facts_.id, log::Sequence(sequence), std::move(whole));
        std::optional<log::EventId> id;
        if (event.ok()) id = event->id;
        AddRecord(sequence, id,
                  absl::StrCat("is beschadigd: met bit ", bit->bit % 8, " van byte ", bit->bit / 8,
                               " omgekeerd past zij bij de ondertekende boom"));
        return;
      }
    }
    AddRecord(std::max(first, head.size > tail ? tail : first), std::nullopt,
              absl::StrCat("zij of een volgende tot ", head.size, " is beschadigd: de boom past ",
                           "niet bij ", head.source));
  }

  Context& context_;
  FeedFacts& facts_;
  const std::vector<KnownHead>& heads_;
};

}  // namespace

void JudgeFeed(Context& context, FeedFacts& facts, const std::vector<KnownHead>& heads) {
  Judge(context, facts, heads).Run();
}

}  // namespace eventstore::check
