#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "eventstore/log/event_log.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "services/audit/verify/feed_keys.h"

// Which heads a bundle shows. Only for use inside this folder.
namespace services::audit {

// A head of a feed that this node holds, with its writer's signature and cosignatures, all
// of them verified.
struct KnownHead {
  std::string text;
  uint64_t size = 0;
  eventstore::merkle::NoteSignature by_writer;
  std::map<std::string, eventstore::merkle::NoteSignature> by_others;  // by name
};

// The heads in the log and in `notes`, which may be foreign, by size. What has another root
// than the stored feed, lies past the end that the circle gave it, or is not rightly signed
// is left out.
std::map<uint64_t, KnownHead> KnownHeads(const eventstore::log::EventLog& log,
                                         const eventstore::log::FeedId& feed,
                                         const verify::FeedKeys& keys,
                                         const std::vector<std::string>& notes);

// A head as a bundle shows it: these cosignatures and no others.
struct ChosenHead {
  std::string note;
  uint64_t size = 0;
};
// The largest head alone. Empty when there is none.
std::vector<ChosenHead> ChooseNewest(const std::map<uint64_t, KnownHead>& known);
// The largest head, and those that together carry just enough cosignatures of what stands at
// `sequence`, by the newest version of the charter for which there are enough; when there
// is no such version, the largest head alone.
std::vector<ChosenHead> ChooseCosigned(const std::map<uint64_t, KnownHead>& known,
                                       const eventstore::log::FeedId& feed, uint64_t sequence,
                                       const std::vector<poolcirkel::event::v1::Charter>& charters);

}  // namespace services::audit
