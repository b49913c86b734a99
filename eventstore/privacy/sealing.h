#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "google/protobuf/message.h"
#include "poolcirkel/log/v1/record.pb.h"

// Sealing of fields, as options.proto marks them. A sealed field's plaintext is
// the wire form of a message of the same type that holds only that field. The
// sealed form stands in the message's own field `sealed` (number 15). See
// eventstore/FORMAT.md. An event is given as poolcirkel.event.v1.Event or as the
// message that stands in its `body`. A scalar that is zero and text that is empty are
// not set, so they are not sealed: their absence is visible.
namespace eventstore::privacy {

// Which keys seal the fields of one event. A class that the event does not use
// may stay unset. Fields marked `with_person` need the person's key besides their own
// class's; without a person they are sealed with the latter alone.
struct SealingKeys {
  std::optional<KeyId> person;
  std::optional<KeyId> exchange;
  std::optional<KeyId> member;
};

// Seals every marked field of `event` that is set, and clears it. FAILED_PRECONDITION
// when a key that is needed is not in `keys` or is of another class; INVALID_ARGUMENT
// when the field is sealed already. The event is unchanged then.
absl::Status Seal(google::protobuf::Message& event, const log::StreamId& stream,
                  const log::EventId& id, const SealingKeys& names, const KeyFile& keys,
                  base::Entropy& entropy);

// Puts back every field whose key is in `keys`. What cannot be opened stays
// sealed, and its field number is in the answer. DATA_LOSS when a commitment
// fits and the ciphertext does not, the plaintext holds another field, or a field is
// there twice; the event is unchanged then. `made_by` bounds the search for fields that hide their
// key.
absl::StatusOr<std::vector<int>> Open(google::protobuf::Message& event, const log::StreamId& stream,
                                      const log::EventId& id, const log::CircleId& circle,
                                      const log::MemberId& made_by, const KeyFile& keys);

// True when a field that must be sealed stands in clear. Nothing such is appended.
bool HasClearFields(const google::protobuf::Message& event);

// One value, such as Record.actor; with `person` as a field marked `with_person`.
// FAILED_PRECONDITION when a key is not here.
absl::StatusOr<poolcirkel::log::v1::SealedField> SealValue(
    const std::string& plaintext, uint32_t field_number, const log::StreamId& stream,
    const log::EventId& id, const KeyId& key, const KeyFile& keys, base::Entropy& entropy,
    const std::optional<KeyId>& person = std::nullopt);
// NOT_FOUND when the key is not here or the value is not sealed with it; DATA_LOSS as
// for Open.
absl::StatusOr<std::string> OpenValue(const poolcirkel::log::v1::SealedField& sealed,
                                      const log::StreamId& stream, const log::EventId& id,
                                      const KeyFile& keys);

}  // namespace eventstore::privacy
