#include "services/commands/own_professionals.h"

#include "eventstore/base/errors.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "services/commands/streams.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;

constexpr size_t kPage = 512;
constexpr char kListedType[] = "professional_listed";
constexpr char kRegisteredType[] = "professional_registered";

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
      RETURN_IF_ERROR(Take(stored));
      next_ = stored.sequence.Next();
    }
  }
  return absl::OkStatus();
}

absl::Status OwnProfessionals::Take(const log::StoredEvent& stored) {
  if (stored.type == kListedType) {
    ASSIGN_OR_RETURN(const Listing listing, ReadListing(stored));
    listings_.push_back(listing);
  } else if (stored.type == kRegisteredType) {
    unopened_.push_back(stored);
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

absl::Status OwnProfessionals::OpenNew(const eventstore::privacy::KeyFile& keys) {
  RETURN_IF_ERROR(CatchUp());
  for (const auto& stored : unopened_) {
    // Stays sealed, and so without a pseudonym, when the person's key was destroyed.
    ASSIGN_OR_RETURN(const auto past, OpenEvent(stored, keys));
    const auto& profile = past.event.professional_registered().profile();
    if (!profile.pseudonym().empty()) pseudonyms_.emplace(profile.pseudonym(), stored.stream);
  }
  unopened_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<log::StreamId>> OwnProfessionals::FindPseudonym(
    std::string_view pseudonym, const eventstore::privacy::KeyFile& keys) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(OpenNew(keys));
  const auto found = pseudonyms_.find(pseudonym);
  if (found == pseudonyms_.end()) return std::optional<log::StreamId>();
  return std::optional<log::StreamId>(found->second);
}

absl::StatusOr<std::optional<std::string>> OwnProfessionals::PseudonymOf(
    const log::StreamId& professional, const eventstore::privacy::KeyFile& keys) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(OpenNew(keys));
  for (const auto& [pseudonym, id] : pseudonyms_) {
    if (id == professional) return std::optional<std::string>(pseudonym);
  }
  return std::optional<std::string>();
}

void OwnProfessionals::Forget(const log::StreamId& professional) {
  base::MutexLock lock(mutex_);
  std::erase_if(pseudonyms_, [&](const auto& entry) { return entry.second == professional; });
  std::erase_if(unopened_, [&](const auto& stored) { return stored.stream == professional; });
}

}  // namespace services::commands
