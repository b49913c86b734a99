#include "services/audit/verify/feeds_check.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "services/domain/context.h"
#include "services/domain/epochs.h"

namespace services::audit::verify {

using eventstore::log::FeedId;
using eventstore::log::MemberId;
using poolcirkel::event::v1::Charter;

namespace {

// What is wrong with the heads of a feed, as a Dutch clause, or empty.
std::string ProblemOf(const ShownFeed& feed, const FeedKeys& keys) {
  const FeedKey* key = keys.Find(feed.id);
  if (key == nullptr) return "het lid of het tijdvak staat niet in de samenwerkingsafspraken";
  const auto verifiers = keys.VerifiersOf(feed.id);
  for (const Head& head : feed.heads) {
    const auto signatures = eventstore::merkle::VerifyNote(head.note, verifiers);
    if (!signatures.ok()) return "een handtekening onder een stand klopt niet";
    // One result for each known key: fewer than there are lines means that one is unknown.
    if (signatures->size() != head.note.signatures.size()) {
      return "onder een stand staat een handtekening van een onbekende sleutel";
    }
    if (!key->end.has_value()) continue;
    if (head.checkpoint.size > key->end->size && !key->end->by_member()) {
      return "een stand ligt na het einde dat de poolcirkel eraan gaf";
    }
    if (head.checkpoint.size == key->end->size && head.checkpoint.root != key->end->root) {
      return "de laatste stand is een andere dan de poolcirkel vastlegde";
    }
  }
  if (!key->end.has_value()) return "";
  if (feed.events.back().stored.sequence.value() >= key->end->size) {
    return "een gebeurtenis staat na het einde dat de poolcirkel eraan gaf";
  }
  // Somebody else may have its key and sign another history that is shorter; so everything
  // has to stand in the head that the circle agreed on.
  if (!key->end->by_member() && feed.heads.front().checkpoint.size != key->end->size) {
    return "de getoonde stand is niet de laatste, die de poolcirkel vastlegde";
  }
  return "";
}

// The members under the heads of a feed; nullopt when one is there twice.
std::optional<std::set<MemberId>> WitnessesOf(const ShownFeed& feed) {
  std::set<MemberId> members;
  for (const Head& head : feed.heads) {
    for (size_t i = 1; i < head.note.signatures.size(); ++i) {
      const auto name = eventstore::log::ParseOrigin(head.note.signatures[i].name);
      if (!name.ok() || !members.insert(name->member).second) return std::nullopt;
    }
  }
  return members;
}

// Whether each head but the first is there for its cosignatures of the acceptance.
bool NeedsItsHeads(const ShownFeed& feed, uint64_t acceptance) {
  return std::all_of(feed.heads.begin() + 1, feed.heads.end(), [&](const Head& head) {
    return head.note.signatures.size() > 1 && head.checkpoint.size > acceptance;
  });
}

bool IsBare(const ShownFeed& feed) {
  return feed.heads.size() == 1 && feed.heads.front().note.signatures.size() == 1;
}

// The newest version by which exactly these members suffice.
const Charter* VersionFor(const std::vector<Charter>& charters, const MemberId& host,
                          const std::set<MemberId>& members) {
  for (auto charter = charters.rbegin(); charter != charters.rend(); ++charter) {
    const bool all_take_part =
        TakesPart(*charter, host) && std::all_of(members.begin(), members.end(),
                                                 [&](auto& id) { return TakesPart(*charter, id); });
    if (all_take_part && members.size() == WitnessesNeeded(*charter)) return &*charter;
  }
  return nullptr;
}

// Cosignatures by keys of which the circle said later that somebody else may have had them.
int CountDoubtful(const ShownFeed& feed, const FeedKeys& keys) {
  int count = 0;
  for (const Head& head : feed.heads) {
    for (size_t i = 1; i < head.note.signatures.size(); ++i) {
      const auto name = eventstore::log::ParseOrigin(head.note.signatures[i].name);
      const FeedKey* key = name.ok() ? keys.Find(*name) : nullptr;
      if (key != nullptr && key->end.has_value() && key->end->doubtful()) ++count;
    }
  }
  return count;
}

}  // namespace

size_t WitnessesNeeded(const Charter& charter) {
  return static_cast<size_t>(std::max(domain::ActiveMembers(charter) - 1, 0) / 2 + 1);
}

bool TakesPart(const Charter& charter, const MemberId& member) {
  const auto* entry = domain::FindMember(charter, member);
  return entry != nullptr && !entry->suspended();
}

bool CheckFeeds(const Contents& contents, const std::vector<Charter>& charters,
                const FeedKeys& keys, Report& report) {
  bool all = !contents.feeds.empty();
  for (const ShownFeed& feed : contents.feeds) {
    const std::string problem = ProblemOf(feed, keys);
    const std::string name = domain::NameOf(charters.back(), feed.id.member);
    const auto& head = feed.heads.front().checkpoint;
    const std::string epoch =
        feed.id.epoch.value() == 0 ? "" : absl::StrCat(" (tijdvak ", feed.id.epoch.value(), ")");
    all &=
        report.Prove(problem.empty(),
                     absl::StrCat("De ", feed.events.size(), " getoonde gebeurtenissen van ", name,
                                  " staan in het log van ", name, epoch, ", dat tot en met nummer ",
                                  head.size - 1, " is ondertekend."),
                     absl::StrCat("Het log van ", name, epoch, " bewijst niets: ", problem, "."));
    if (!problem.empty()) continue;
    const FeedKey& key = *keys.Find(feed.id);
    report.feeds.push_back({feed.id, name, key.key, head.size, head.root, key.end.has_value()});
  }
  return all;
}

void CheckWitnesses(const Contents& contents, const std::vector<Charter>& charters,
                    const FeedKeys& keys, const Steps& steps, Report& report) {
  const FeedId& accepted = steps.accepted->stored.feed;
  for (const ShownFeed& feed : contents.feeds) {
    if (feed.id != accepted) {
      if (!IsBare(feed)) {
        report.Prove(false, "", "Onder een stand staan meer handtekeningen dan nodig zijn.");
      }
      continue;
    }
    const auto members = WitnessesOf(feed);
    const bool form =
        members.has_value() && NeedsItsHeads(feed, steps.accepted->stored.sequence.value());
    const Charter* version = form ? VersionFor(charters, steps.host, *members) : nullptr;
    const std::string host = domain::NameOf(charters.back(), steps.host);
    if (!report.Prove(
            version != nullptr,
            absl::StrCat(form ? members->size() : 0, " andere leden ondertekenden een stand van ",
                         "het log van ", host, " waar de aanvaarding in staat; zoveel zijn er ",
                         "nodig volgens versie ", version == nullptr ? 0 : version->version(),
                         " van de samenwerkingsafspraken."),
            absl::StrCat("Niet precies zoveel andere leden als nodig zijn ondertekenden een stand ",
                         "van het log van ", host, " waar de aanvaarding in staat."))) {
      continue;
    }
    if (version != &charters.back()) {
      report.Add(Claim::Kind::kAttested, true,
                 absl::StrCat(host, " stelt dat bij de aanvaarding versie ", version->version(),
                              " van de samenwerkingsafspraken gold, en nog niet versie ",
                              charters.back().version(), "."));
    }
    if (const int doubtful = CountDoubtful(feed, keys); doubtful > 0) {
      report.Add(
          Claim::Kind::kUnknown, true,
          absl::StrCat("Van ", doubtful, " van deze handtekeningen is niet te zien of zij er ",
                       "stonden voordat de sleutel in andere handen kon zijn."));
    }
  }
}

}  // namespace services::audit::verify
