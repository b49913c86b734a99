#include "eventstore/check/note_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/note.h"

namespace eventstore::check {
namespace {

using merkle::NoteAlgorithm;

// Of a cosignature the size comes first.
constexpr size_t kSizeOfCosigned = sizeof(uint64_t);

std::optional<uint64_t> SizeOf(std::string_view note) {
  const auto parsed = merkle::ParseNote(note);
  if (!parsed.ok()) return std::nullopt;
  const auto checkpoint = merkle::ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) return std::nullopt;
  return checkpoint->size;
}

// What the signatures of a note turned out to be.
struct Signers {
  bool origin = false;          // the feed's own signature holds
  bool origin_unknown = false;  // no key is known for it
  std::vector<log::MemberId> witnesses;
  std::string wrong;  // Dutch; empty: nothing is
};

class NoteCheck {
 public:
  NoteCheck(Context& context, const FeedFacts& facts) : context_(context), facts_(facts) {}

  std::vector<KnownHead> Run() {
    const auto note = context_.database.Get(storage::CheckpointKey(facts_.number));
    if (note.ok()) {
      CheckNote(Part::kCheckpoint, *note, std::nullopt, std::nullopt);
    } else if (!absl::IsNotFound(note.status())) {
      Add(Part::kCheckpoint, "", std::string(note.status().message()));
    } else if (facts_.size > 0) {
      CheckUnsigned();
    }
    const auto cosigned = context_.database.Scan(storage::CosignaturesOf(facts_.number));
    for (; cosigned->Valid(); cosigned->Next()) {
      const auto witness = log::MemberId::FromBytes(storage::WitnessOfKey(cosigned->key()));
      const std::string_view value = cosigned->value();
      if (!witness.ok() || value.size() < kSizeOfCosigned) {
        Add(Part::kCosignature, "", "heeft een verkeerde lengte");
        continue;
      }
      CheckNote(Part::kCosignature, std::string(value.substr(kSizeOfCosigned)), *witness,
                storage::ReadUint64(value));
    }
    if (!cosigned->status().ok()) {
      Add(Part::kCosignature, "", std::string(cosigned->status().message()));
    }
    return std::move(heads_);
  }

 private:
  void Add(Part part, std::string place, std::string detail) {
    context_.Add(part, &facts_.id, std::move(place), std::move(detail));
  }

  // Replicas may hold records whose head did not come yet; what a member wrote itself is
  // signed in the same write.
  void CheckUnsigned() {
    if (context_.name == "own") Add(Part::kCheckpoint, "", "ontbreekt");
  }

  void CheckNote(Part part, const std::string& bytes, const std::optional<log::MemberId>& witness,
                 const std::optional<uint64_t>& size) {
    const std::string place = witness ? absl::StrCat("van lid ", base::ToText(*witness)) : "";
    const auto note = merkle::ParseNote(bytes);
    if (!note.ok() || merkle::FormatNote(*note) != bytes) {
      return Add(part, place, "is geen ondertekende stand meer");
    }
    const auto checkpoint = merkle::ParseCheckpoint(note->text);
    if (!checkpoint.ok() || checkpoint->origin != log::Origin(facts_.id)) {
      return Add(part, place, "is geen stand van deze reeks");
    }
    if (size && *size != checkpoint->size) {
      return Add(part, place, "staat onder een andere omvang dan zij noemt");
    }
    const Signers signers = CheckSignatures(*note);
    const bool has_witness =
        !witness || std::ranges::find(signers.witnesses, *witness) != signers.witnesses.end();
    std::string wrong = signers.wrong;
    if (wrong.empty() && !signers.origin && !signers.origin_unknown) {
      wrong = "de handtekening van het lid zelf ontbreekt of klopt niet";
    }
    if (wrong.empty() && !has_witness) wrong = "de handtekening van de getuige ontbreekt";
    if (!wrong.empty()) Add(part, place, wrong);
    heads_.push_back({checkpoint->size, checkpoint->root,
                      absl::StrCat("de ondertekende stand van ", checkpoint->size),
                      wrong.empty() && (signers.origin || signers.origin_unknown)});
    CompareRoot(part, place, heads_.back());
  }

  // A stand that does not verify cannot accuse the records, but is damaged itself.
  void CompareRoot(Part part, const std::string& place, const KnownHead& head) {
    if (head.trusted) return;
    const auto roots = facts_.roots.find(head.size);
    if (roots == facts_.roots.end() || !roots->second) return;
    if (roots->second->from_records == head.root) return;
    Add(part, place, "de wortel is niet die van de gebeurtenissen");
  }

  Signers CheckSignatures(const merkle::Note& note) {
    Signers signers;
    for (const merkle::NoteSignature& line : note.signatures) {
      ++context_.report.signatures;
      CheckLine(note, line, signers);
    }
    return signers;
  }

  void CheckLine(const merkle::Note& note, const merkle::NoteSignature& line, Signers& signers) {
    const auto signer = log::ParseOrigin(line.name);
    if (!signer.ok() || signer->circle != facts_.id.circle) {
      signers.wrong = "een handtekening heeft een naam die niet bestaat";
      return;
    }
    const bool is_origin = *signer == facts_.id;
    const auto keys =
        context_.options.keys ? context_.options.keys(*signer) : std::vector<crypto::PublicKey>();
    if (keys.empty()) {
      ++context_.report.unknown_signers;
      if (is_origin) signers.origin_unknown = true;
      if (!is_origin) signers.witnesses.push_back(signer->member);
      return;
    }
    const NoteAlgorithm algorithm =
        is_origin ? NoteAlgorithm::kEd25519 : NoteAlgorithm::kCosignatureV1;
    merkle::Note alone = note;
    alone.signatures = {line};
    bool verified = false;
    for (const crypto::PublicKey& key : keys) {
      const auto found = merkle::VerifyNote(alone, {{line.name, algorithm, key}});
      verified |= found.ok() && found->size() == 1;
    }
    if (!verified) {
      signers.wrong =
          absl::StrCat("de handtekening van lid ", base::ToText(signer->member), " klopt niet");
      return;
    }
    if (is_origin) signers.origin = true;
    if (!is_origin) signers.witnesses.push_back(signer->member);
  }

  Context& context_;
  const FeedFacts& facts_;
  std::vector<KnownHead> heads_;
};

}  // namespace

std::vector<uint64_t> SignedSizes(const Context& context, storage::FeedNumber feed) {
  std::vector<uint64_t> sizes;
  const auto note = context.database.Get(storage::CheckpointKey(feed));
  if (note.ok()) {
    if (const auto size = SizeOf(*note)) sizes.push_back(*size);
  }
  const auto cosigned = context.database.Scan(storage::CosignaturesOf(feed));
  for (; cosigned->Valid(); cosigned->Next()) {
    const std::string_view value = cosigned->value();
    if (value.size() < kSizeOfCosigned) continue;
    if (const auto size = SizeOf(value.substr(kSizeOfCosigned))) sizes.push_back(*size);
  }
  return sizes;
}

std::vector<KnownHead> CheckNotes(Context& context, const FeedFacts& facts) {
  return NoteCheck(context, facts).Run();
}

}  // namespace eventstore::check
