# Makes the sample data: one object with members, assignments, professionals and
# sessions. Input: the sources (see generate). Arguments: $seed, $member_count,
# $start. No state and no clock: every choice is random($keys; n), a function of
# the seed and of what the choice is about.

def csv_fields:
  [scan("(?:^|,)(\"(?:[^\"]|\"\")*\"|[^,]*)") | .[0]
   | if startswith("\"") then .[1:-1] | gsub("\"\""; "\"") else . end];

# Rows of a CSV text as objects, by the names in its first line.
def csv_rows:
  [split("\n")[] | rtrimstr("\r") | select(. != "")]
  | (.[0] | split(",")) as $names
  | .[1:] | map(csv_fields | [$names, .] | transpose | map({(.[0]): .[1]}) | add);

# A whole number from 0 to $n - 1. Multipliers keep every product below 2^53.
def random($keys; $n):
  reduce ([$seed] + $keys)[] as $key
    (1234567; ((. * 16807 + $key * 48271 + 7919) % 2147483647) * 16807 % 2147483647)
  | . % $n;

def pick($keys; $list): $list[random($keys; $list | length)];

# $count different elements of the list, in the order of the list.
def sample($keys; $count):
  [to_entries[] | . + {order: random($keys + [.key]; 1000003)}]
  | sort_by(.order) | .[:$count] | sort_by(.key) | map(.value);

def e4: tonumber * 10000 | round;

def slug:
  ascii_downcase | gsub("[àáâä]"; "a") | gsub("[èéêë]"; "e") | gsub("[ïí]"; "i")
  | gsub("[óôö]"; "o") | gsub("[úûü]"; "u") | gsub("[^a-z0-9]+"; "-") | ltrimstr("-") | rtrimstr("-");

# --- weeks ------------------------------------------------------------------

def monday:
  strptime("%Y-%m-%d") | mktime
  | . - ((strftime("%u") | tonumber) - 1) * 86400;

def date_of($week; $weekday): ($start | monday) + ($week * 7 + $weekday - 1) * 86400 | strftime("%Y-%m-%d");

def iso_week($week):
  ($start | monday) + $week * 604800
  | {iso_year: (strftime("%G") | tonumber), iso_week: (strftime("%V") | tonumber)};

# --- members ----------------------------------------------------------------

def from_municipality:
  {slug: (.naam | slug), name: "Gemeente \(.naam)", kind: "municipality", province: .provincie,
   location: {name: .naam, latitude_e4: (.lat | e4), longitude_e4: (.lon | e4)},
   population: (.inwoners_2024 | tonumber)};

def from_province:
  {slug: (.provincie | slug), name: .naam, kind: "province", province: .provincie,
   location: {name: .hoofdplaats, latitude_e4: (.lat | e4), longitude_e4: (.lon | e4)},
   population: (.inwoners_2024 | tonumber)};

def from_water_board($provinces):
  .provincie_code as $code
  | {slug: (.naam | sub("^(Waterschap|Hoogheemraadschap( van( de)?)?) "; "") | slug), name: .naam,
     kind: "water_board", province: ($provinces[] | select(.pv_code == $code) | .provincie),
     location: {name: .vestigingsgemeente, latitude_e4: (.lat | e4), longitude_e4: (.lon | e4)},
     population: (.inwoners_2025 | tonumber)};

def from_ministry:
  {slug: ("min-" + (.afkorting | slug)), name: .naam, kind: "ministry", province: "Zuid-Holland",
   location: {name: .vestigingsgemeente, latitude_e4: (.lat | e4), longitude_e4: (.lon | e4)},
   population: null};

# Lists taken in turns: two municipalities for each of the other kinds.
def by_turns($municipalities; $water_boards; $ministries; $provinces):
  [range(0; 4) as $turn
   | $municipalities[2 * $turn], $water_boards[$turn], $municipalities[2 * $turn + 1],
     $ministries[$turn], $provinces[$turn]];

# The 25 organisations that can take part; the first five are always the same.
def organisations:
  (.provinces | csv_rows) as $provinces
  | (.municipalities | csv_rows | map(from_municipality)) as $municipalities
  | (.water_boards | csv_rows | map(from_water_board($provinces))) as $water_boards
  | (.ministries | csv_rows | map(from_ministry)) as $ministries
  | ($provinces | map(from_province)) as $provinces
  | def named($list; $slug): $list[] | select(.slug == $slug);
    def largest($list): $list | sort_by(-.population);
    [named($provinces; "zuid-holland"), named($municipalities; "rotterdam"),
     named($municipalities; "amsterdam"), named($municipalities; "haarlemmermeer"),
     (named($ministries; "min-bzk") | .slug = "bzk-flex" | .name = "BZK Flex")] as $first
  | ($first | map(.slug)) as $taken
  | def others($list): $list | map(select(.slug as $slug | $taken | index($slug) | not));
    $first + by_turns(largest(others($municipalities)); largest($water_boards);
                      $ministries | map(select(.slug != "min-bzk" and .slug != "min-az"));
                      largest(others($provinces)));

# A province may be named as its capital: Utrecht, Groningen.
def unique_slugs:
  [range(0; length) as $index
   | .[$index].slug as $slug
   | if ([.[:$index][].slug] | index($slug)) == null then .[$index]
     else .[$index] | .slug = "\(if .kind == "province" then "provincie" else .kind end)-\($slug)" end];

# The prefix 99999999 is not in use for real organisation numbers.
def members:
  organisations | unique_slugs | .[:$member_count]
  | [to_entries[] | .key as $index | .value
     | {slug, name, oin: "99999999\(100000001 + $index | tostring)000",
        kind, coordinator: (.slug == "bzk-flex"), province, location, population}];

# --- professionals ----------------------------------------------------------

# Free minutes for each of 52 weeks: little while an assignment runs, then more.
def free_minutes($keys; $contract):
  random($keys + [1]; 31) as $until
  | ($contract * pick($keys + [2]; [0, 0, 0.25, 0.5]) / 60 | floor * 60) as $now
  | ($contract * pick($keys + [3]; [0.5, 0.75, 1, 1]) / 60 | floor * 60) as $later
  | [range(0; 52) | if . < $until then $now else $later end];

# Only the first professional of Zuid-Holland is an interim-manager there and free
# all year; the first of Amsterdam is free as well but does not travel as far as Rotterdam; other
# interim-managers have few hours in the first thirty weeks.
def settle($member; $number):
  if $member.slug == "zuid-holland" and $number == 1 then
    .contract = 2160 | .level = "tactical" | .distance = 40 | .free = [range(0; 52) | 2160]
  elif $member.slug == "amsterdam" and $number == 1 then
    .contract = 1920 | .distance = 30 | .free = [range(0; 52) | 1440]
  elif .role.role == "interim-manager" then
    .free = [range(0; 52) as $week | .free[$week] | if $week < 30 and . > 960 then 960 else . end]
  else . end;

def role_of($sources; $member; $number; $keys):
  ($sources.distributions.role_counts
   | [to_entries | sort_by(.key)[] | select($member.slug != "zuid-holland" or .key != "manager")
      | .key as $role | range(0; .value) | $role]) as $weighted
  | if $number == 1 and ($member.slug == "zuid-holland" or $member.slug == "amsterdam")
    then "manager" else pick($keys; $weighted) end
  | $sources.roles[.];

def professional($sources; $member; $index; $number):
  [$index, $number] as $keys
  | role_of($sources; $member; $number; $keys) as $role
  | pick($keys + [4]; [1440, 1680, 1920, 2160]) as $contract
  | {$role, $contract, level: pick($keys + [5]; $role.levels),
     distance: pick($keys + [6]; [20, 30, 40, 50, 60, 80]),
     free: free_minutes($keys; $contract)}
  | settle($member; $number) as $chosen
  | ($number | if . < 10 then "0\(.)" else tostring end) as $digits
  | $sources.pseudonym_words[($index * 13 + $number - 1) % ($sources.pseudonym_words | length)] as $word
  | "\($member.slug)-\($digits) (\($word))" as $pseudonym
  | {member: $member.slug, number: $number, pseudonym: $pseudonym,
     name: "Voorbeeldpersoon \($pseudonym)", email: "\($member.slug).\($digits)@voorbeeld.example",
     role: $role.role, occupation: $sources.occupation[$role.occupation], level: $chosen.level,
     skills: [$role.skills
              | sample($keys + [7]; 3 + random($keys + [8]; ([length, 8] | min) - 2))[]
              | $sources.skill[.]],
     location: $member.location, maximum_distance_kilometres: $chosen.distance,
     contract_minutes_per_week: $chosen.contract,
     weeks: [range(0; 52) as $week | iso_week($week) + {minutes: $chosen.free[$week]}]};

def professionals($sources; $members):
  [range(0; $members | length) as $index
   | range(1; (if $index < 5 then 12 else 6 end) + 1) as $number
   | professional($sources; $members[$index]; $index; $number)];

# --- assignments ------------------------------------------------------------

# Postings stay in their own province where a member stands; the posting of the main story
# goes to Rotterdam.
def member_of($members; $position):
  . as $posting
  | {"Zuid-Holland": ["zuid-holland", "rotterdam"], "Noord-Holland": ["amsterdam", "haarlemmermeer"]}
    [.location] as $near
  | if $posting.id == "nl-pub-30" then "rotterdam"
    elif $near then $near[$position % 2]
    else $members[$position % ($members | length)].slug end;

def bounds: if type == "array" then . elif . == null then null else [., .] end;

def assignment($sources; $members; $position):
  . as $posting
  | member_of($members; $position) as $slug
  | ($members[] | select(.slug == $slug)) as $member
  | ($posting.hours_per_week | bounds) as $hours
  | ($sources.distributions.hours_midpoint.p50) as $usual
  | ([$posting.duration_weeks // $sources.distributions.duration_weeks.p50 | round, 52] | min) as $weeks
  | (if $posting.id == "nl-pub-30" then 4 else 2 + random([1000, $position]; 11) end) as $first
  | $sources.roles[$posting.role] as $role
  | {member: $slug, title: $posting.title, description: $posting.description, role: $role.role,
     level: (if $posting.id == "nl-pub-30" then "tactical" else pick([1001, $position]; $role.levels) end),
     skills: [$posting.skills[] | . as $word
              | $sources.skill_words[.] as $known
              | if $known then $sources.skill[$known] else {uri: "", label: $word} end],
     province: $member.province, location: $member.location,
     start_date: date_of($first; 1), end_date: date_of($first + $weeks - 1; 7),
     first_week: iso_week($first), weeks: $weeks,
     minutes_per_week: (($hours // [$usual])[0] * 60),
     maximum_minutes_per_week: (($hours // [$usual])[-1] * 60),
     seats: 1, tariff: {kind: "hourly", eurocents_per_hour: 9250},
     source: {id: $posting.id, url: $posting.source,
              estimated: [(if $hours then empty else "minutes_per_week" end),
                          (if $posting.duration_weeks then empty else "weeks" end)]}};

def assignments($sources; $members):
  [$sources.postings | sort_by(.id != "nl-pub-30") | to_entries[]
   | .key as $position | .value | assignment($sources; $members; $position)];

# --- sessions ---------------------------------------------------------------

def sessions: map(. + {date: date_of(.week; .weekday)} | del(.week, .weekday));

# A role or a word that names an unknown concept is a mistake in this folder.
def check_labels:
  . as $sources
  | ([.roles[].skills[], .skill_words[]] | map(select($sources.skill[.] == null))
     + [$sources.roles[].occupation | select($sources.occupation[.] == null)]) as $unknown
  | if $unknown == [] then . else error("labels that ESCO's selection does not have: \($unknown)") end;

(.skill = (.skills | csv_rows
           | map({(.label_nl_onofficieel): {uri: .esco_uri, label: .label_nl_onofficieel}}) | add))
| (.occupation = (.occupations | csv_rows | map({(.label_nl): {uri: .esco_uri, label: .label_nl}}) | add))
| (.pseudonym_words = (.words | split("\n") | map(select(. != ""))))
| check_labels
| . as $sources
| members as $members
| {members: $members, assignments: assignments($sources; $members),
   professionals: professionals($sources; $members), sessions: ($sources.sessions | sessions)}
