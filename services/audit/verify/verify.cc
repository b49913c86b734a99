#include "services/audit/verify/verify.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/privacy/sealing.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/feed_keys.h"
#include "services/audit/verify/feeds_check.h"
#include "services/audit/verify/one_key.h"
#include "services/audit/verify/steps.h"
#include "services/domain/agreement.h"
#include "services/domain/circle/circle.h"
#include "services/domain/context.h"

namespace services::audit::verify {

using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::SignedCharter;
using poolcirkel::event::v1::TermsToSign;
using Body = poolcirkel::event::v1::Event;
using Kind = Claim::Kind;

namespace {

class Verification {
 public:
  Verification(std::string_view bytes, const CircleId& circle) : bytes_(bytes), circle_(circle) {}

  // What is cheap and finds most damage comes first; signatures last.
  Report Run() {
    if (ReadForm() && CheckCharters()) {
      const FeedKeys keys(charters_);
      if (CheckFeeds(contents_, charters_, keys, report_) && CheckSteps()) {
        CheckAgreement(keys);
        CheckWitnesses(contents_, charters_, keys, steps_, report_);
        OpenTerms();
        AddAttested();
      }
    }
    AddUnknown();
    report_.ok = std::all_of(report_.claims.begin(), report_.claims.end(), [](const Claim& claim) {
      return claim.ok || claim.kind == Kind::kUnknown;
    });
    return std::move(report_);
  }

 private:
  std::string NameOf(const MemberId& member) const {
    return domain::NameOf(charters_.back(), member);
  }

  bool ReadForm() {
    auto contents = ReadBundle(bytes_);
    if (!contents.ok()) {
      return report_.Prove(
          false, "",
          absl::StrCat("Dit is geen bundel: ", std::string(contents.status().message()), "."));
    }
    contents_ = *std::move(contents);
    return true;
  }

  // Version 0 carries every founder's signature, version n exactly the quorum of n-1.
  bool HasExactSignatures() const {
    for (size_t i = 0; i < charters_.size(); ++i) {
      const uint32_t needed =
          i == 0 ? static_cast<uint32_t>(charters_[0].members_size()) : charters_[i - 1].quorum();
      if (static_cast<uint32_t>(contents_.charters[i].signatures_size()) != needed) return false;
    }
    return true;
  }

  bool CheckCharters() {
    bool ok = contents_.circle == circle_;
    if (ok) {
      const domain::circle::Chain chain(contents_.charters.begin(), contents_.charters.end());
      ok = domain::circle::VerifyChain(chain).ok();
      for (const SignedCharter& version : chain) {
        if (ok) charters_.emplace_back().ParseFromString(version.charter());
      }
      ok = ok && HasExactSignatures();
    }
    return report_.Prove(
        ok,
        absl::StrCat("De samenwerkingsafspraken zijn die van deze poolcirkel, en ",
                     charters_.size() == 1
                         ? std::string("de enige versie")
                         : absl::StrCat("elk van de ", charters_.size(), " versies"),
                     " is geldig ondertekend."),
        "De samenwerkingsafspraken horen niet bij deze poolcirkel, of dragen niet precies de "
        "handtekeningen die nodig zijn.");
  }

  bool CheckSteps() {
    const std::string problem = FindSteps(contents_, steps_);
    if (!problem.empty()) {
      return report_.Prove(false, "", absl::StrCat("De bundel deugt niet: ", problem, "."));
    }
    if (steps_.released != nullptr) {
      report_.Prove(false, "",
                    absl::StrCat(NameOf(steps_.lender), " liet de bevestiging los, hoewel ",
                                 NameOf(steps_.host), " haar aanvaardde."));
    }
    return report_.Prove(steps_.complete(),
                         "Voordracht, keuze, bevestiging en aanvaarding staan er alle vier.",
                         "De uitwisseling is niet door beide kanten vastgelegd: keuze, bevestiging "
                         "of aanvaarding ontbreekt.");
  }

  void CheckAgreement(const FeedKeys& keys) {
    const auto& selected = steps_.selected->body.candidacy_selected();
    const auto& confirmed = steps_.confirmed->body.secondment_confirmed();
    const auto& accepted = steps_.accepted->body.selection_accepted();
    report_.Prove(selected.selection() == accepted.selection() &&
                      selected.seat() == accepted.seat() &&
                      selected.terms_digest() == confirmed.terms_digest() &&
                      selected.terms_digest() == accepted.terms_digest(),
                  "Beide kanten legden dezelfde voorwaarden vast.",
                  "De twee kanten legden verschillende voorwaarden vast.");
    CheckSignature(keys, *steps_.confirmed, TermsToSign::PARTY_LENDER, confirmed.selection(),
                   confirmed.terms_digest(), confirmed.signature());
    CheckSignature(keys, *steps_.accepted, TermsToSign::PARTY_HOST, accepted.selection(),
                   accepted.terms_digest(), accepted.signature());
  }

  // By the key that signs the feed in which it stands.
  void CheckSignature(const FeedKeys& keys, const ShownEvent& event, TermsToSign::Party party,
                      uint32_t selection, const std::string& digest, const std::string& signature) {
    const domain::Agreement agreement{circle_, contents_.exchange, selection, digest, party};
    const FeedKey* key = keys.Find(event.stored.feed);
    const bool ok =
        key != nullptr && domain::VerifyAgreement(key->key.bytes(), agreement, signature);
    const std::string name = NameOf(event.stored.feed.member);
    report_.Prove(ok, absl::StrCat(name, " ondertekende deze voorwaarden."),
                  absl::StrCat("De handtekening van ", name, " onder de voorwaarden klopt niet."));
  }

  void OpenTerms() {
    if (contents_.exchange_key.empty()) {
      report_.Add(Kind::kUnknown, true,
                  "De voorwaarden zelf zijn hier niet te lezen: de sleutel zit niet in de bundel.");
      return;
    }
    eventstore::privacy::ClassKey key;
    key.id = eventstore::privacy::KeyOf(contents_.exchange);
    key.key_class = poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
    key.circle = circle_;
    key.made_by = steps_.lender;
    key.secret = contents_.exchange_key;
    Body body = steps_.selected->body;
    const auto& stored = steps_.selected->stored;
    const auto closed = eventstore::privacy::Open(body, stored.stream, stored.id, circle_,
                                                  steps_.host, OneKey(std::move(key)));
    const auto& selected = body.candidacy_selected();
    const bool ok = closed.ok() && selected.has_terms() &&
                    domain::TermsDigest(selected.terms()).view() ==
                        steps_.accepted->body.selection_accepted().terms_digest();
    if (ok) report_.terms = selected.terms();
    report_.Prove(ok, "De getoonde voorwaarden zijn die van de handtekeningen.",
                  "De sleutel in de bundel opent de ondertekende voorwaarden niet.");
  }

  void AddAttested() {
    const std::string lender = NameOf(steps_.lender);
    for (const auto& attestation : steps_.confirmed->body.secondment_confirmed().attestations()) {
      const bool professional =
          attestation.consent() == poolcirkel::event::v1::CONSENT_PROFESSIONAL;
      report_.Add(Kind::kAttested, true,
                  absl::StrCat(lender, " verklaart dat ",
                               professional ? "de professional zelf" : "de leidinggevende", " op ",
                               attestation.date(), " instemde."));
    }
    for (const ShownEvent* event : steps_.ended) {
      report_.Add(Kind::kAttested, true,
                  absl::StrCat(NameOf(event->stored.feed.member), " legde vast dat ",
                               event->body.secondment_ended().last_day(), " de laatste dag is."));
    }
    report_.Add(Kind::kAttested, true,
                absl::StrCat(lender, " en ", NameOf(steps_.host),
                             " gaven zelf de tijden op die bij hun gebeurtenissen staan."));
  }

  void AddUnknown() {
    for (const char* sentence :
         {"Of de uren werkelijk gewerkt zijn, is hieruit niet te zien.",
          "Of er over deze uitwisseling meer is vastgelegd dan de getoonde gebeurtenissen, "
          "ertussen of erna, is hieruit niet te zien.",
          "Of er buiten de logs om andere afspraken zijn, is hieruit niet te zien."}) {
      report_.Add(Kind::kUnknown, true, sentence);
    }
  }

  const std::string_view bytes_;
  const CircleId& circle_;
  Contents contents_;
  std::vector<Charter> charters_;
  Steps steps_;
  Report report_;
};

}  // namespace

Report VerifyBundle(std::string_view bytes, const CircleId& circle) {
  return Verification(bytes, circle).Run();
}

}  // namespace services::audit::verify
