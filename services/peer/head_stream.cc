#include "services/peer/head_stream.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace services::peer {

namespace log = eventstore::log;
namespace replication = eventstore::replication;

namespace {

// The signed text of a note: what stands before the blank line.
std::string_view TextOf(const std::string& note) {
  return std::string_view(note).substr(0, note.find("\n\n"));
}

bool IsSignedBy(const std::string& note, const std::string& name) {
  return note.find("\xe2\x80\x94 " + name + " ") != std::string::npos;
}

}  // namespace

void HeadStream::Look(const replication::Membership& membership, const std::set<log::FeedId>& feeds,
                      Time now) {
  looked_ = now;
  const std::string self = replication::WitnessName(membership, membership.self);
  for (const log::FeedId& feed : feeds) {
    if (!membership.AuthorityOf(feed).has_value()) continue;
    Told next{note_of_(feed), false};
    if (next.note->empty()) continue;
    Told& told = told_[feed];
    if (told.note != nullptr && *told.note == *next.note) continue;
    next.cosigned = IsSignedBy(*next.note, self);
    const bool grown = told.note == nullptr || TextOf(*next.note) != TextOf(*told.note);
    const bool mine = feed == membership.OwnFeed();
    if (grown && !mine && !next.cosigned && !awaits_) {
      awaits_ = true;
      awaits_since_ = now;
    }
    if ((grown && mine) || (next.cosigned && (grown || !told.cosigned))) urgent_ = true;
    pending_[feed] = std::move(next);
  }
}

HeadStream::Time HeadStream::Due() const {
  absl::Duration wait = options_.heartbeat;
  if (!pending_.empty()) wait = options_.hearsay;
  if (urgent_ || awaits_) wait = options_.coalesce;
  const Time due = last_ + absl::ToChronoMilliseconds(wait);
  return awaits_ && !urgent_ ? std::max(due, awaits_since_ + Moment()) : due;
}

HeadStream::Time HeadStream::NextLook() const {
  return looked_ + (awaits_ ? Moment() / 4 : Moment());
}

poolcirkel::peer::v1::WatchHeadsResponse HeadStream::Take(Time now) {
  poolcirkel::peer::v1::WatchHeadsResponse response;
  for (auto& [feed, next] : pending_) {
    auto* head = response.add_heads();
    *head->mutable_feed() = log::ToProto(feed);
    head->set_checkpoint_note(*next.note);
    told_[feed] = std::move(next);
  }
  pending_.clear();
  urgent_ = false;
  awaits_ = false;
  last_ = now;
  return response;
}

}  // namespace services::peer
