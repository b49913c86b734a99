#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "services/domain/context.h"
#include "services/domain/epochs.h"
#include "services/domain/event.h"

// A circle and its charter (samenwerkingsafspraken). In each member's feed of the circle
// there is one stream of it, id = StreamOf(circle).
namespace services::domain::circle {

using eventstore::crypto::Digest;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::CharterMember;
using poolcirkel::event::v1::CharterSignature;
using poolcirkel::event::v1::SignedCharter;
using Chain = std::vector<SignedCharter>;

// Limits on foreign bytes. A charter with its signatures fits in a record.
inline constexpr size_t kMaximumCharterSize = 48 * 1024;
inline constexpr int kMaximumMembers = 100;
inline constexpr size_t kMaximumChainLength = 1'000;

// ---- charters ----

// Reads and checks the bytes of a charter, of any origin: sizes, short names, member ids
// and keys unique, OIN of 20 digits, keys of 32 bytes, 1 to 4 addresses "host:port", more
// than half of the active members <= quorum <= all of them, epochs in order, rules in range, and
// that encoding it again gives the same bytes. INVALID_FIELD with paths "charter.members[2].oin",
// all of them at once.
absl::StatusOr<Charter> ParseCharter(std::string_view bytes);
// Deterministic bytes of a charter, to be signed; checked as ParseCharter does.
absl::StatusOr<std::string> EncodeCharter(const Charter& charter);
// The checks of ParseCharter without the bytes.
absl::Status CheckCharter(const Charter& charter);
// One entry, field paths under `field`.
absl::Status CheckMember(std::string_view field, const CharterMember& member);

Digest CharterDigest(std::string_view bytes);
// The SHA-256 of version 0's bytes.
CircleId CircleIdOf(std::string_view version_0_bytes);
// The stream of the circle in each member's feed: the first 16 bytes of its id.
StreamId StreamOf(const CircleId& circle);

// "poolcirkel.example/v1/charter\n" || SHA-256(bytes): what is signed.
std::string CharterMessage(std::string_view bytes);
CharterSignature SignCharter(const MemberId& member, const eventstore::crypto::PrivateKey& log_key,
                             std::string_view bytes);
// True when it is by that member's key in `charter`.
bool VerifyCharterSignature(const Charter& charter, std::string_view bytes,
                            const CharterSignature& signature);

// Checks a whole chain, of any origin, and gives its newest charter: version 0 signed by
// every founder; version n names the digest of n-1 and carries at least the quorum of n-1
// by distinct members of n-1. CHARTER_INVALID says which version and why.
absl::StatusOr<Charter> VerifyChain(const Chain& chain);
// The same for the one version that follows `previous` (with `previous_bytes`).
absl::StatusOr<Charter> VerifyNext(const Charter& previous, std::string_view previous_bytes,
                                   const SignedCharter& next);

// ---- epochs ----

using poolcirkel::event::v1::ClosedEpoch;
using poolcirkel::event::v1::EpochEnd;

// Whether the feeds of `next` follow those of `previous`: a closed epoch stays as it is,
// a member's epoch goes up by one at a time with a log key that nobody ever had, and its
// key changes no other way. CHARTER_INVALID.
absl::Status CheckEpochs(const Charter& previous, const Charter& next);

// The one member that `next` gives another epoch or suspends, with the end that it gives
// to the epoch before; nothing when there is no such member, or several.
struct EndedEpoch {
  MemberId member;
  ClosedEpoch end;
};
std::optional<EndedEpoch> EndedBy(const Charter& previous, const Charter& next);
// Whether `next` does nothing but end the epoch of `proposer` by itself (rotation or
// yearly closing): its own epoch and log key, no more. Every node signs that by itself.
bool IsOwnEnd(const Charter& previous, const Charter& next, const MemberId& proposer);

// ---- state ----

struct Proposal {
  std::string bytes;
  Charter charter;
  Digest digest;
  MemberId proposed_by;
  // Where it stands, for each member that proposed it: anybody can repeat its bytes.
  struct Place {
    FeedId feed;
    eventstore::log::Sequence sequence;
  };
  std::map<MemberId, Place> places;
};

// Folded from the circle's streams of all members, in any order of feeds.
struct State {
  // By digest; only ones that ParseCharter takes.
  std::map<Digest, Proposal> proposals;
  // Signatures as they came: by digest and member. Not verified.
  std::map<std::pair<Digest, MemberId>, std::string> signatures;
  // What each member signed under a version number; more than one is equivocation.
  std::map<std::pair<MemberId, uint32_t>, std::set<Digest>> signed_versions;
  // What each member adopted, by version.
  std::map<MemberId, std::map<uint32_t, SignedCharter>> adopted;
  uint64_t ignored = 0;
};

void Evolve(State& state, const PastEvent& event);

// The chain that `member` adopted, as far as it is gapless; empty when there is none.
Chain AdoptedBy(const State& state, const MemberId& member);
// Members whose valid signature stands under the proposal, of the present charter.
std::vector<MemberId> SignersOf(const State& state, const Digest& digest, const Charter& present);

// ---- deciders ----

// Founds the circle at this node: CharterAdopted with version 0. Self is the member of the
// charter with `log_key`. CHARTER_INVALID, NOT_A_MEMBER, ALREADY_FOUNDED, INVALID_FIELD.
struct Founding {
  CircleId circle;
  MemberId self;
  eventstore::log::Epoch epoch;  // of the feed to begin
  Decision decision;
};
absl::StatusOr<Founding> Found(const State& state, const SignedCharter& charter,
                               const eventstore::crypto::PublicKey& log_key);
// A joiner takes over the whole chain, whose last version has it as a member.
// CHARTER_INVALID, NOT_A_MEMBER, ALREADY_FOUNDED, CIRCLE_MISMATCH (another than `expected`).
absl::StatusOr<Founding> Join(const State& state, const Chain& chain, const CircleId& expected,
                              const eventstore::crypto::PublicKey& log_key);

// Proposes the version after context.charter and signs it. Version, previous and (when it
// is empty) nonce are filled in; nonce from context.salt. `present_bytes` are the bytes of
// context.charter. Either the whole next charter, or members to admit to the present one.
struct ProposeCharter {
  std::optional<Charter> charter;
  std::vector<CharterMember> admit;
};
// CHARTER_EQUIVOCATION (this member signed another version with that number),
// ALREADY_PROPOSED, ALREADY_A_MEMBER (in `admit`), INVALID_FIELD.
absl::StatusOr<Decision> ProposeNext(const State& state, std::string_view present_bytes,
                                     const ProposeCharter& command,
                                     const eventstore::crypto::PrivateKey& log_key,
                                     const Context& context);

// Proposes to end an epoch of `member`, and signs that.
struct EndEpochCommand {
  MemberId member;
  poolcirkel::event::v1::EpochEnd reason = poolcirkel::event::v1::EPOCH_END_UNSPECIFIED;
  // The log key of the next epoch; unset: there is none yet (a suspension).
  std::optional<eventstore::crypto::PublicKey> next_log_key;
  // The head that counts, as this node found it in the feed. Not for a member that is
  // suspended already: its epoch is closed.
  uint64_t final_size = 0;
  Digest final_root;
};
// Whether what is asked can be: which reason goes with whose feed and which key.
// MEMBER_UNKNOWN, MEMBER_SUSPENDED, NOT_SUSPENDED, EPOCH_NOT_YOURS (rotation and yearly
// closing are the member's own), INVALID_FIELD.
absl::Status CheckEnd(const EndEpochCommand& command, const Context& context);
// Also LOG_KEY_USED, and what ProposeNext refuses with.
absl::StatusOr<Decision> EndEpoch(const State& state, std::string_view present_bytes,
                                  const EndEpochCommand& command,
                                  const eventstore::crypto::PrivateKey& log_key,
                                  const Context& context);

// Proposals that follow the present version, in which a member does nothing but end its
// own epoch (IsOwnEnd), and which it proposed itself, in the feed that it ends.
std::map<Digest, const Proposal*> OwnEnds(const State& state, std::string_view present_bytes,
                                          const Context& context);

// The proposal by which `self` ends its own epoch and that waits for signatures: until it
// is adopted, or another version is, nothing that it writes in its feed counts. nullptr when
// there is none.
const Proposal* EndsOwnEpoch(const State& state, std::string_view present_bytes,
                             const Context& context);

struct SignProposalCommand {
  uint32_t version = 0;
  std::optional<Digest> digest;  // needed when several are proposed
};
// PROPOSAL_UNKNOWN (retry: not seen yet), PROPOSAL_AMBIGUOUS, VERSION_MISMATCH (not the next
// one), CHARTER_EQUIVOCATION, ALREADY_SIGNED.
absl::StatusOr<Decision> SignProposal(const State& state, std::string_view present_bytes,
                                      const SignProposalCommand& command,
                                      const eventstore::crypto::PrivateKey& log_key,
                                      const Context& context);

// For the policy of every node: CharterAdopted of the next version when a proposal has the
// quorum of the present one, or when another member already adopted a valid next version.
// Empty decision when there is nothing to adopt yet.
absl::StatusOr<Decision> AssembleAdoption(const State& state, std::string_view present_bytes,
                                          const Context& context);

// All versions that follow the present one by AssembleAdoption, as far as they are known.
Chain Following(const State& state, std::string_view present_bytes, const Context& context);
// CharterAdopted of a version that was verified.
Decision Adopt(const CircleId& circle, const SignedCharter& next);

struct OverrideHead {
  uint64_t head_size = 0;
  std::string reason;  // 3..500 bytes
};
// An administrator lets the node write although its peers did not confirm its head.
absl::StatusOr<Decision> Override(const OverrideHead& command, const Context& context);

}  // namespace services::domain::circle
