#include "services/commands/own_professionals.h"

#include "eventstore/base/errors.h"
#include "poolcirkel/event/v1/event.pb.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;

constexpr size_t kPage = 512;
constexpr char kListedType[] = "professional_listed";

absl::StatusOr<Listing> ReadListing(const log::StoredEvent& stored) {
  poolcirkel::event::v1::Event event;
  if (!event.ParseFromString(stored.payload) || !event.has_professional_listed()) {
    return absl::DataLossError("an event of the private feed cannot be read");
  }
  const auto& listed = event.professional_listed();
  Listing listing;
  listing.professional = stored.stream;
  ASSIGN_OR_RETURN(listing.circle, log::CircleId::FromBytes(listed.circle_id()));
  ASSIGN_OR_RETURN(listing.circle_professional,
                   log::StreamId::FromBytes(listed.circle_professional_id()));
  return listing;
}

}  // namespace

absl::Status OwnProfessionals::CatchUp() {
  const log::FeedId feed = circles_->PrivateFeed();
  while (next_.value() < log_->Size(feed)) {
    ASSIGN_OR_RETURN(const auto page, log_->ReadFeed(feed, next_, kPage));
    if (page.empty()) return absl::OkStatus();
    for (const auto& stored : page) {
      if (stored.type == kListedType) {
        ASSIGN_OR_RETURN(const Listing listing, ReadListing(stored));
        listings_.push_back(listing);
      }
      next_ = stored.sequence.Next();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Listing>> OwnProfessionals::Find(
    const log::CircleId& circle, const log::StreamId& circle_professional) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  for (const Listing& listing : listings_) {
    if (listing.circle == circle && listing.circle_professional == circle_professional) {
      return std::optional<Listing>(listing);
    }
  }
  return std::optional<Listing>();
}

absl::StatusOr<std::vector<Listing>> OwnProfessionals::ListingsOf(
    const log::StreamId& professional) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  std::vector<Listing> listings;
  for (const Listing& listing : listings_) {
    if (listing.professional == professional) listings.push_back(listing);
  }
  return listings;
}

absl::StatusOr<std::vector<Listing>> OwnProfessionals::All() {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  return listings_;
}

}  // namespace services::commands
