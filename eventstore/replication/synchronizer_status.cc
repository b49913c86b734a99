// What the state machine shows.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/replication/synchronizer.h"

namespace eventstore::replication {

uint64_t Synchronizer::KnownSize(const log::FeedId& feed) const {
  uint64_t known = holdings_.size(feed);
  for (const auto& [id, peer] : peers_) {
    const auto told = peer.told.find(feed);
    if (told != peer.told.end()) known = std::max(known, told->second.head.checkpoint.size);
  }
  return known;
}

bool Synchronizer::SomebodyOffersMore(const log::FeedId& feed, uint64_t size) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const auto told = entry.second.told.find(feed);
    return entry.second.up && told != entry.second.told.end() &&
           told->second.head.checkpoint.size > size;
  });
}

FeedStatus Synchronizer::StatusOf(const log::FeedId& feed, absl::Time now) const {
  FeedStatus status{.feed = feed, .size = holdings_.size(feed), .known_size = KnownSize(feed)};
  const auto state = feeds_.find(feed);
  if (state != feeds_.end() && state->second.evidence.has_value()) {
    status.state = FeedState::kFrozen;
    status.evidence = state->second.evidence;
    status.detail =
        "dit lid ondertekende twee standen die elkaar tegenspreken; de feed gaat pas verder in een "
        "nieuw tijdvak dat de poolcirkel besluit";
    return status;
  }
  const auto writer = peers_.find(feed.member);
  const bool told = writer != peers_.end() && writer->second.up && writer->second.told_all &&
                    writer->second.told_at + options_.silence > now;
  if (status.known_size > status.size) {
    const bool offered = SomebodyOffersMore(feed, status.size);
    status.state = offered ? FeedState::kCatchingUp : FeedState::kStale;
    if (!offered) {
      status.detail = absl::StrCat("er zijn ", status.known_size - status.size,
                                   " gebeurtenissen meer, maar geen bereikbaar lid heeft ze");
    }
  } else if (told) {
    status.state = FeedState::kLive;
  } else {
    status.state = status.size == 0 ? FeedState::kUnknown : FeedState::kStale;
    status.detail = "het knooppunt van dit lid is niet bereikbaar";
  }
  return status;
}

// Nothing while this node holds what the circle agreed on.
std::optional<FeedStatus> Synchronizer::ProblemOfClosed(const log::FeedId& feed,
                                                        const ClosedFeed& closed) const {
  FeedStatus status{.feed = feed, .size = holdings_.size(feed), .known_size = closed.final_size};
  if (status.size < closed.final_size) {
    const bool offered = SomebodyOffersMore(feed, status.size);
    status.state = offered ? FeedState::kCatchingUp : FeedState::kStale;
    status.detail = absl::StrCat("van dit afgesloten tijdvak ontbreken hier nog ",
                                 closed.final_size - status.size, " gebeurtenissen");
    return status;
  }
  const auto root = holdings_.root_at(feed, closed.final_size);
  if (!root.ok() || *root == closed.final_root) return std::nullopt;
  status.state = FeedState::kFrozen;
  // The views have to go as well: what they folded does not stand in the agreed history.
  status.detail = absl::StrCat(
      "dit knooppunt heeft een andere geschiedenis van dit afgesloten tijdvak dan de poolcirkel "
      "vaststelde; stop het knooppunt, haal ",
      holdings_.is_own && holdings_.is_own(feed)
          ? "de mappen log en views weg en start het weer: dan komen de eigen gebeurtenissen van "
            "de andere leden terug, en stelt de coördinator de capaciteit opnieuw vast"
          : "de mappen log/replicas en views weg en start het weer: dan haalt het alles opnieuw "
            "op");
  return status;
}

std::vector<FeedStatus> Synchronizer::Feeds(absl::Time now) const {
  std::vector<FeedStatus> statuses;
  for (const Member& member : membership_.members) {
    const std::vector<log::FeedId> feeds = membership_.FeedsOf(member.id);
    for (size_t epoch = 0; epoch < member.closed.size(); ++epoch) {
      auto problem = ProblemOfClosed(feeds[epoch], member.closed[epoch]);
      if (problem.has_value()) statuses.push_back(*std::move(problem));
    }
    if (member.id == membership_.self || member.suspended) continue;
    statuses.push_back(StatusOf(membership_.FeedOf(member.id), now));
  }
  return statuses;
}

uint64_t Synchronizer::MissingOfClosed() const {
  const Member* self = membership_.Find(membership_.self);
  if (self == nullptr) return 0;
  uint64_t missing = 0;
  const std::vector<log::FeedId> feeds = membership_.FeedsOf(self->id);
  for (size_t epoch = 0; epoch < self->closed.size(); ++epoch) {
    const uint64_t size = holdings_.size(feeds[epoch]);
    missing += self->closed[epoch].final_size - std::min(size, self->closed[epoch].final_size);
  }
  return missing;
}

const SignedHead* Synchronizer::LargestBeyond(const log::FeedId& feed) const {
  const auto state = feeds_.find(feed);
  if (state == feeds_.end() || !state->second.largest) return nullptr;
  const SignedHead& largest = *state->second.largest;
  return largest.checkpoint.size > holdings_.size(feed) ? &largest : nullptr;
}

OwnHeadStatus Synchronizer::OwnHead() const {
  const log::FeedId own = membership_.OwnFeed();
  OwnHeadStatus status;
  const size_t others = membership_.Others();
  status.needed = others == 0 ? 0 : others / 2 + 1;
  // The one that gave a feed back is not enough to say that this was all of it.
  const bool restored = restored_ || (holdings_.restored && holdings_.restored());
  if (restored && holdings_.is_locked(own)) status.needed = std::max<size_t>(status.needed, 2);
  for (const auto& [id, peer] : peers_) {
    const Member* member = membership_.Find(id);
    if (peer.told_ever && member != nullptr && !member->suspended) ++status.told;
  }
  const uint64_t size = holdings_.size(own);
  status.known_size = KnownSize(own);
  const auto state = feeds_.find(own);
  if (state != feeds_.end()) status.evidence = state->second.evidence;
  const SignedHead* heard = LargestBeyond(own);
  if (status.known_size > size) {
    status.detail = absl::StrCat("andere leden hebben ", status.known_size,
                                 " gebeurtenissen van dit knooppunt, hier staan er ", size,
                                 ": de schijf is teruggezet; de rest wordt opgehaald");
  } else if (heard != nullptr) {
    status.known_size = heard->checkpoint.size;
    status.detail = absl::StrCat(
        "een ander lid hoorde dat dit knooppunt ", status.known_size, " gebeurtenissen schreef, ",
        "hier staan er ", size,
        " en geen bereikbaar lid heeft de rest; zet de nieuwste kopie van de datamap terug, of "
        "laat een ander lid `poolcirkel circle replace-key` geven, met de `poolcirkel circle "
        "entry` van dit lid: dan gaat het verder in een nieuw tijdvak, zonder de rest");
  } else if (status.evidence.has_value()) {
    status.detail = "een ander lid heeft een andere geschiedenis van dit knooppunt dan hier staat";
  }
  status.contested = !status.detail.empty();
  status.confirmed = !status.contested && !holdings_.is_locked(own);
  status.missing = MissingOfClosed();
  if (status.detail.empty() && status.missing > 0) {
    status.detail =
        absl::StrCat("van eerdere tijdvakken van dit knooppunt ontbreken hier nog ", status.missing,
                     " gebeurtenissen; ze worden bij andere leden opgehaald");
  } else if (status.detail.empty() && !status.confirmed) {
    status.detail =
        absl::StrCat("wacht tot ", status.needed, " andere leden de stand van dit knooppunt ",
                     "bevestigen; ", status.told, " deden dat");
  }
  return status;
}

absl::Time Synchronizer::HeadToldAt(const log::FeedId& feed) const {
  const auto state = feeds_.find(feed);
  return state == feeds_.end() ? absl::InfinitePast() : state->second.fresh_at;
}

}  // namespace eventstore::replication
