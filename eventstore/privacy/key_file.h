#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/wrapped_file.h"
#include "poolcirkel/log/v1/options.pb.h"

namespace eventstore::privacy {

// The name of a class key. A person's key is named by the professional's stream
// id (in a circle or in the private feed), an exchange's by the exchange's id, a
// member's own by its member id in the private feed.
using KeyId = base::BytesId<struct KeyIdTag, 16>;

template <typename Id>
KeyId KeyOf(const Id& id) {
  return KeyId(id.array());
}

// A class key and who may have it.
struct ClassKey {
  KeyId id;
  poolcirkel::log::v1::KeyClass key_class = poolcirkel::log::v1::KEY_CLASS_UNSPECIFIED;
  log::CircleId circle;   // of the feed that it seals in
  log::MemberId made_by;  // the member that made it and hands it out
  // Who may fetch it, besides the coordinators for an exchange's key. Empty: for
  // a person's key of a circle all members, otherwise nobody.
  std::vector<log::MemberId> entitled;
  std::string secret;  // 32 bytes
};

// The class keys of one member, own and fetched, in one file outside the log,
// wrapped by a node key that stands in a file beside it. Every change is written
// to a new file, fsynced and renamed before it returns; destroying a key also makes
// a new wrapping key and overwrites the old one, so that an old copy of the file
// cannot be opened again. Thread-safe; reads are from memory.
class KeyFile {
 public:
  // Opens or makes the file in `directory`; one process at a time. DATA_LOSS when it
  // was damaged or the wrapping key is not its own; FAILED_PRECONDITION when it is
  // open already or others may read the wrapping key. `entropy` must outlive the
  // result. `before_step` is for tests of crashes, see WrappedFile.
  static absl::StatusOr<std::unique_ptr<KeyFile>> Open(const std::string& directory,
                                                       base::Entropy& entropy,
                                                       WrappedFile::BeforeStep before_step = {});
  virtual ~KeyFile() = default;

  // Makes a key; `key.secret` is ignored. ALREADY_EXISTS; FAILED_PRECONDITION when
  // a key of that id was destroyed before.
  virtual absl::Status Create(ClassKey key) = 0;
  // Makes many in one write; all of them or none. OK on an empty list.
  virtual absl::Status CreateAll(std::vector<ClassKey> keys) = 0;
  // Keeps fetched keys in one write; those that are destroyed or there already are
  // skipped.
  virtual absl::Status Keep(const std::vector<ClassKey>& keys) = 0;
  // Destroys for ever, and remembers that it did. OK when it was not there. After an
  // error the key may be gone already while old copies of the file can still be
  // opened: call it again until it is OK.
  virtual absl::Status Destroy(const KeyId& id) = 0;

  virtual std::optional<ClassKey> Find(const KeyId& id) const = 0;
  virtual bool IsDestroyed(const KeyId& id) const = 0;
  // Ordered by id.
  virtual std::vector<ClassKey> KeysOf(const log::CircleId& circle) const = 0;
  virtual std::vector<ClassKey> KeysMadeBy(const log::CircleId& circle,
                                           const log::MemberId& member) const = 0;
  // Grows with every change; to know when a cache is old.
  virtual uint64_t version() const = 0;
};

// True when `caller` may have `key`, made by this node, under the circle's present
// members and coordinators.
struct Entitlement {
  std::vector<log::MemberId> members;
  std::vector<log::MemberId> coordinators;
};
bool IsEntitled(const ClassKey& key, const log::MemberId& caller, const Entitlement& circle);

}  // namespace eventstore::privacy
