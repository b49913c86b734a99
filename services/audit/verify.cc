#include "services/audit/verify.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/id.h"
#include "eventstore/privacy/sealing.h"
#include "services/audit/checked_feeds.h"
#include "services/audit/one_key.h"
#include "services/domain/agreement.h"
#include "services/domain/circle/circle.h"
#include "services/domain/context.h"

namespace services::audit {

using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using poolcirkel::api::v1::AuditEvidenceResponse;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::Terms;
using poolcirkel::event::v1::TermsToSign;
using Body = poolcirkel::event::v1::Event;
using Kind = Claim::Kind;

namespace {

// The steps that make an exchange, as found in the evidence.
struct Steps {
  StreamId exchange;
  FeedId lender;
  FeedId host;
  const CheckedEvent* proposed = nullptr;
  const CheckedEvent* selected = nullptr;
  const CheckedEvent* confirmed = nullptr;
  const CheckedEvent* accepted = nullptr;
  std::vector<const CheckedEvent*> ended;
};

class Verification {
 public:
  Verification(const AuditEvidenceResponse& evidence, const CircleId& circle)
      : evidence_(evidence), circle_(circle) {}

  VerificationReport Run() {
    if (CheckCharters()) {
      checked_ = CheckFeeds(evidence_, circle_, charters_);
      if (CheckSteps()) {
        CheckAgreement();
        CheckCosignatures();
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
  bool Add(Kind kind, bool ok, std::string sentence) {
    report_.claims.push_back({kind, ok, std::move(sentence)});
    return ok;
  }
  bool Prove(bool ok, std::string_view yes, std::string_view no) {
    return Add(Kind::kProven, ok, std::string(ok ? yes : no));
  }

  std::string NameOf(const MemberId& member) const {
    return domain::NameOf(charters_.back(), member);
  }

  bool CheckCharters() {
    const domain::circle::Chain chain(evidence_.charters().begin(), evidence_.charters().end());
    const bool is_circle =
        !chain.empty() && domain::circle::CircleIdOf(chain.front().charter()) == circle_;
    const bool ok = is_circle && domain::circle::VerifyChain(chain).ok();
    for (const auto& version : chain) {
      if (ok) charters_.emplace_back().ParseFromString(version.charter());
    }
    return Prove(ok,
                 absl::StrCat("De samenwerkingsafspraken zijn die van deze poolcirkel, en elk van "
                              "de ",
                              chain.size(), " versies is geldig ondertekend."),
                 "De samenwerkingsafspraken horen niet bij deze poolcirkel, of zijn niet geldig "
                 "ondertekend.");
  }

  // Finds the proposal and what both sides wrote about it.
  bool FindSteps() {
    for (const auto& [feed, checked] : checked_.feeds) {
      for (const auto& [sequence, event] : checked.events) {
        if (!event.body.has_secondment_proposed()) continue;
        if (steps_.proposed != nullptr) return false;
        const auto host = MemberId::FromBytes(event.body.secondment_proposed().host_member_id());
        if (!host.ok()) return false;
        steps_.proposed = &event;
        steps_.exchange = event.stored.stream;
        steps_.lender = feed;
        steps_.host = FeedId{circle_, *host, feed.epoch};
      }
    }
    if (steps_.proposed == nullptr) return false;
    FindHostSteps();
    FindLenderSteps();
    return true;
  }

  void FindHostSteps() {
    const std::string& assignment = steps_.proposed->body.secondment_proposed().assignment_id();
    const CheckedEvent* selected = nullptr;
    for (const auto& [sequence, event] : checked_.feeds[steps_.host].events) {
      if (event.stored.stream.view() != assignment) continue;
      const auto& body = event.body;
      if (body.candidacy_selected().exchange_id() == steps_.exchange.view() &&
          body.candidacy_selected().lender_member_id() == steps_.lender.member.view()) {
        selected = &event;
      }
      if (body.selection_accepted().exchange_id() == steps_.exchange.view()) {
        steps_.accepted = &event;
        steps_.selected = selected;
      }
      if (body.secondment_ended().exchange_id() == steps_.exchange.view()) {
        steps_.ended.push_back(&event);
      }
    }
  }

  void FindLenderSteps() {
    for (const auto& [sequence, event] : checked_.feeds[steps_.lender].events) {
      if (event.stored.stream != steps_.exchange) continue;
      if (event.body.has_secondment_confirmed() && steps_.accepted != nullptr &&
          event.body.secondment_confirmed().selection() ==
              steps_.accepted->body.selection_accepted().selection()) {
        steps_.confirmed = &event;
      }
      if (event.body.has_secondment_ended()) steps_.ended.push_back(&event);
    }
  }

  void CheckFeed(const FeedId& feed) {
    const CheckedFeed& checked = checked_.feeds[feed];
    const std::string name = NameOf(feed.member);
    Prove(checked.problem.empty() && !checked.events.empty(),
          absl::StrCat("De ", checked.events.size(), " getoonde gebeurtenissen van ", name,
                       " staan in het log van ", name, ", dat tot en met nummer ",
                       checked.head_size == 0 ? 0 : checked.head_size - 1, " is ondertekend."),
          absl::StrCat("Het log van ", name, " bewijst de getoonde gebeurtenissen niet: ",
                       checked.problem.empty() ? "er is niets van getoond" : checked.problem, "."));
  }

  bool CheckSteps() {
    if (!checked_.problem.empty()) {
      return Prove(false, "", absl::StrCat("Het bewijs deugt niet: ", checked_.problem, "."));
    }
    if (!FindSteps()) return Prove(false, "", "In het bewijs staat niet precies een voordracht.");
    CheckFeed(steps_.lender);
    CheckFeed(steps_.host);
    const bool complete =
        steps_.selected != nullptr && steps_.confirmed != nullptr && steps_.accepted != nullptr;
    return Prove(complete, "Voordracht, keuze, bevestiging en aanvaarding staan er alle vier.",
                 "De uitwisseling is niet door beide kanten vastgelegd: keuze, bevestiging of "
                 "aanvaarding ontbreekt.");
  }

  void CheckAgreement() {
    const auto& selected = steps_.selected->body.candidacy_selected();
    const auto& confirmed = steps_.confirmed->body.secondment_confirmed();
    const auto& accepted = steps_.accepted->body.selection_accepted();
    Prove(selected.selection() == accepted.selection() && selected.seat() == accepted.seat() &&
              selected.terms_digest() == confirmed.terms_digest() &&
              selected.terms_digest() == accepted.terms_digest(),
          "Beide kanten legden dezelfde voorwaarden vast.",
          "De twee kanten legden verschillende voorwaarden vast.");
    CheckSignature(steps_.lender.member, TermsToSign::PARTY_LENDER, confirmed.selection(),
                   confirmed.terms_digest(), confirmed.signature());
    CheckSignature(steps_.host.member, TermsToSign::PARTY_HOST, accepted.selection(),
                   accepted.terms_digest(), accepted.signature());
  }

  void CheckSignature(const MemberId& member, TermsToSign::Party party, uint32_t selection,
                      const std::string& digest, const std::string& signature) {
    const domain::Agreement agreement{circle_, steps_.exchange, selection, digest, party};
    const bool ok = std::any_of(charters_.begin(), charters_.end(), [&](const Charter& charter) {
      const auto* entry = domain::FindMember(charter, member);
      return entry != nullptr && domain::VerifyAgreement(entry->log_key(), agreement, signature);
    });
    const std::string name = NameOf(member);
    Prove(ok, absl::StrCat(name, " ondertekende deze voorwaarden."),
          absl::StrCat("De handtekening van ", name, " onder de voorwaarden klopt niet."));
  }

  // Witnesses count when they are members by the newest charter.
  void CheckCosignatures() {
    const Charter& charter = charters_.back();
    const int others = charter.members_size() - 1;
    const int needed = others / 2 + 1;
    const auto& witnesses = steps_.accepted->witnesses;
    const auto have = std::count_if(witnesses.begin(), witnesses.end(), [&](const MemberId& id) {
      return domain::FindMember(charter, id) != nullptr;
    });
    const std::string count = absl::StrCat(have, " van de ", others, " andere leden");
    Prove(have >= needed,
          absl::StrCat(count,
                       " ondertekenden een stand van het log waar de aanvaarding in staat; "
                       "nodig: ",
                       needed, "."),
          absl::StrCat("Nog maar ", count,
                       " ondertekenden een stand met de aanvaarding; nodig: ", needed, "."));
  }

  void OpenTerms() {
    if (evidence_.exchange_key().size() != 32) {
      Add(Kind::kUnknown, true,
          "De voorwaarden zelf zijn hier niet te lezen: de sleutel zit niet bij het bewijs.");
      return;
    }
    eventstore::privacy::ClassKey key;
    key.id = eventstore::privacy::KeyOf(steps_.exchange);
    key.key_class = poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
    key.circle = circle_;
    key.made_by = steps_.lender.member;
    key.secret = evidence_.exchange_key();
    Body body = steps_.selected->body;
    const auto& stored = steps_.selected->stored;
    const auto closed = eventstore::privacy::Open(body, stored.stream, stored.id, circle_,
                                                  steps_.host.member, OneKey(std::move(key)));
    const auto& selected = body.candidacy_selected();
    const bool ok = closed.ok() && selected.has_terms() &&
                    domain::TermsDigest(selected.terms()).view() ==
                        steps_.accepted->body.selection_accepted().terms_digest();
    if (ok) report_.terms = selected.terms();
    Prove(ok, "De getoonde voorwaarden zijn die van de handtekeningen.",
          "De sleutel bij het bewijs opent de ondertekende voorwaarden niet.");
  }

  void AddAttested() {
    const std::string lender = NameOf(steps_.lender.member);
    for (const auto& attestation : steps_.confirmed->body.secondment_confirmed().attestations()) {
      const bool professional =
          attestation.consent() == poolcirkel::event::v1::CONSENT_PROFESSIONAL;
      Add(Kind::kAttested, true,
          absl::StrCat(lender, " verklaart dat ",
                       professional ? "de professional zelf" : "de leidinggevende", " op ",
                       attestation.date(), " instemde."));
    }
    for (const CheckedEvent* event : steps_.ended) {
      Add(Kind::kAttested, true,
          absl::StrCat(NameOf(event->stored.feed.member), " legde vast dat ",
                       event->body.secondment_ended().last_day(), " de laatste dag is."));
    }
  }

  void AddUnknown() {
    for (const char* sentence :
         {"Of de uren werkelijk gewerkt zijn, is hieruit niet te zien.",
          "Of er na de getoonde standen nog iets is vastgelegd, is hieruit niet te zien.",
          "Of er buiten de logs om andere afspraken zijn, is hieruit niet te zien."}) {
      Add(Kind::kUnknown, true, sentence);
    }
  }

  const AuditEvidenceResponse& evidence_;
  const CircleId& circle_;
  std::vector<Charter> charters_;
  CheckedFeeds checked_;
  Steps steps_;
  VerificationReport report_;
};

}  // namespace

VerificationReport VerifyEvidence(const AuditEvidenceResponse& evidence, const CircleId& circle) {
  return Verification(evidence, circle).Run();
}

}  // namespace services::audit
