#pragma once

#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "services/membership/circles.h"
#include "services/peer/key_wants.h"

namespace services::peer {

// Follows the feeds of other members and fetches the class keys that their events need
// and that are not here, each from the member that made it. One thread of its own.
// Owns none of its arguments.
class KeyFetcher {
 public:
  // Makes the call; blocks.
  using Fetch = std::function<absl::StatusOr<poolcirkel::peer::v1::FetchKeysResponse>(
      const KeyMaker& maker, const poolcirkel::peer::v1::FetchKeysRequest& request)>;
  struct Options {
    eventstore::log::EventLog* log = nullptr;
    membership::Circles* circles = nullptr;
    eventstore::privacy::KeyFile* keys = nullptr;
    eventstore::base::Entropy* entropy = nullptr;
    Fetch fetch;
    KeyWants::Options wants;
    absl::Duration list_interval = absl::Seconds(30);  // between lists of one maker
  };

  explicit KeyFetcher(Options options);
  ~KeyFetcher() { Stop(); }
  KeyFetcher(const KeyFetcher&) = delete;
  KeyFetcher& operator=(const KeyFetcher&) = delete;

  void Start();
  // `fetch` must return soon when it is asked to; see UnaryCalls::CancelAll.
  void Stop();

  // Asks for these keys now, and keeps those that came and that the maker may make: of
  // streams that stand in its feed and in nobody else's. How many were kept. Thread-safe.
  static absl::StatusOr<size_t> FetchNow(const Options& options, const KeyMaker& maker,
                                         const poolcirkel::peer::v1::FetchKeysRequest& request,
                                         poolcirkel::peer::v1::FetchKeysResponse* response);

 private:
  using Time = KeyWants::Time;

  void Run();
  void Look(const eventstore::log::EventView& event, Time now);
  // One request; false when nothing was due.
  bool AskForDue(Time now);
  bool ListDue(Time now);
  absl::Status List(const KeyMaker& maker);

  const Options options_;
  KeyWants wants_;
  // When all keys of a maker are to be listed: at first, and after a field that does
  // not tell its key.
  std::map<KeyMaker, Time> list_at_;
  std::map<KeyMaker, Time> listed_at_;
  std::unique_ptr<eventstore::log::Subscription> subscription_;
  std::thread thread_;
};

}  // namespace services::peer
