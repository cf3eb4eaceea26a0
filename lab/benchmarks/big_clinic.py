"""A clinic of any size in the plain templates, for benchmarks: no one in it exists.

Run: python -m lab.benchmarks.big_clinic ROWS FOLDER

Ten quarters. For 100 inquiries: 85 people, 70 screenings, 50 payments, 5 rows exported again in
the next quarter, 10 dates and 80 phones not in the plain spelling, quoted notes with delimiters,
quotes and line breaks. A campaign for 500 inquiries (20 to 2,000) with spend each month. All
follows from the number of the row: the same bytes each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

START, QUARTERS = "2024-01-01", 10
#: What a cell may say, a share each; "" is no cell.
WORDS = {
    "source": "google|google|facebook|direct mail|blog|newsletter|cold call|yelp",
    "medium": "cpc|organic||social|print|email",
    "vendor": "Brightline Content|North Media||",
    "other": "Physician referral|walk-in|word of mouth||Google|FB|radio|cold call|website",
    "touch": "call|form|chat|appointment_request|walk_in|",
    "interest": "knee pain|back pain|sports rehab|physical therapy|job application|wrong number"
    "||dry needling|shoulder|vendor offer",
    "notes": '|||||said "call me", after 5|two lines\nof notes, here|a, b, c|asked for hours|',
    "outcome": "qualified|qualified|disqualified|unreachable",
    "given": "James|Mary|Robert|Patricia|John|Jennifer|Michael|Linda|David|Elizabeth|Zoë|José|Ana"
    "|Ling|Priya|Omar|Ivan|Noa|Mei|Kofi",
    "syllable": "ba|ce|di|fo|gu|ha|je|ki|lo|mu|na|pe|ri|so|tu|va|we|xi|yo|zu",
}
MACROS = """
CREATE MACRO draw(i, salt, size) AS (hash(i * 97 + salt) % size)::BIGINT;
CREATE MACRO one_of(words, i, salt) AS words[1 + draw(i, salt, len(words))];
CREATE MACRO word(p, k) AS
  one_of({syllable}, p, k) || one_of({syllable}, p, k + 1) || one_of({syllable}, p, k + 2);
CREATE MACRO day_of(t, i) AS CASE draw(i, 7, 20) WHEN 0 THEN strftime(t, '%-m/%-d/%Y %-I:%M %p')
  WHEN 1 THEN strftime(t, '%b %-d, %Y') ELSE strftime(t, '%Y-%m-%d %H:%M') END;
CREATE MACRO phone_of(i, a, b, c) AS CASE draw(i, 8, 5) WHEN 0 THEN '('||a||') '||b||'-'||c
  WHEN 1 THEN a||'-'||b||'-'||c WHEN 2 THEN a||'.'||b||'.'||c WHEN 3 THEN '+1 '||a||' '||b||' '||c
  ELSE a||b||c||(CASE draw(i, 9, 9) WHEN 0 THEN ' x12' ELSE '' END) END;
"""
TABLES = """
CREATE TABLE campaign AS SELECT k, 'campaign-' || k AS campaign, one_of({source}, k, 1) AS source,
  one_of({medium}, k, 2) AS medium, one_of({vendor}, k, 3) AS vendor FROM range({campaigns}) r(k);
CREATE TABLE inquiry AS SELECT i, t, 4 * (year(t) - 2024) + quarter(t) - 1 AS q,
  'INQ-' || lpad(i::VARCHAR, 8, '0') AS inquiry_id, day_of(t, i) AS received_at,
  CASE draw(i, 14, 3) WHEN 0 THEN one_of({other}, i, 15) ELSE source END AS source,
  CASE draw(i, 14, 3) WHEN 0 THEN '' ELSE medium END AS medium,
  CASE draw(i, 14, 3) WHEN 0 THEN '' ELSE campaign END AS campaign,
  one_of({touch}, i, 16) AS touch_type,
  CASE draw(i, 17, 12) WHEN 0 THEN '' WHEN 1 THEN upper(given) ELSE given END AS first_name,
  CASE draw(i, 18, 15) WHEN 0 THEN '' ELSE family END AS last_name,
  CASE draw(i, 19, 3) WHEN 0 THEN '' WHEN 1 THEN family || '.' || p || '@example.org'
    ELSE ' ' || upper(family) || '.' || p || '@Example.org' END AS email,
  CASE draw(i, 23, 3) WHEN 0 THEN '' ELSE phone_of(i, 200 + draw(p, 20, 700),
    200 + draw(p, 21, 700), lpad(draw(p, 22, 10000)::VARCHAR, 4, '0')) END AS phone,
  (60000 + draw(p, 24, 3000))::VARCHAR AS zip, one_of({interest}, i, 25) AS service_interest,
  one_of({notes}, i, 26) AS notes
FROM (SELECT *, one_of({given}, p, 5) AS given, word(p, 30) AS family FROM (SELECT i,
    draw(i, 13, {people}) AS p, TIMESTAMP '{start}' + to_seconds(draw(i, 6, 78800000)) AS t
    FROM range({rows}) r(i))) JOIN campaign ON k = draw(i, 27, {campaigns});
"""
#: The rows of a quarter {q} in each kind of file.
FILES = {
    "inquiries": """SELECT * EXCLUDE (i, t, q) FROM inquiry
      WHERE q = {q} OR (q = {q} - 1 AND draw(i, 28, 20) = 0) ORDER BY t, i""",
    "screenings": """SELECT inquiry_id, strftime(t + to_hours(draw(i, 30, 200)), '%Y-%m-%d %H:%M')
      AS screened_at, one_of({outcome}, i, 31) AS outcome, 1 + draw(i, 32, 5) AS interest,
      1 + draw(i, 34, 5) AS likelihood FROM inquiry WHERE q = {q} AND draw(i, 37, 10) < 7
      ORDER BY t, i""",
    "payments": """SELECT inquiry_id, strftime(t + to_days(7 + draw(i, 40, 60)::INT), '%Y-%m-%d')
      AS paid_at, CASE draw(i, 41, 30) WHEN 0 THEN '$' ELSE '' END
      || printf('%.2f', 40 + draw(i, 42, 16000) / 100) AS amount FROM inquiry
      WHERE q = {q} AND draw(i, 44, 10) < 5 ORDER BY t, i""",
    "spend": """SELECT strftime(m, '%Y-%m-%d') AS period_start, strftime(last_day(m), '%Y-%m-%d')
      AS period_end, source, medium, campaign, vendor,
      printf('%.2f', 50 + draw(k * 40 + month(m), 45, 90000) / 100) AS amount
      FROM campaign, (SELECT DATE '{start}' + to_months(3 * {q} + r) AS m FROM range(3) t(r))
      ORDER BY m, k""",
}


def write(folder: Path, rows: int) -> None:
    """Write the exports of `rows` inquiries below `folder`, a folder a quarter."""
    known = {name: str(words.split("|")) for name, words in WORDS.items()}
    campaigns = max(20, min(2_000, rows // 500))
    known |= {"rows": rows, "start": START, "campaigns": campaigns, "people": int(rows * 0.85)}
    with duckdb.connect() as connection:
        connection.execute((MACROS + TABLES).format(**known))
        for q in range(QUARTERS):
            quarter = folder / f"{2024 + q // 4}Q{q % 4 + 1}"
            quarter.mkdir(parents=True)
            for kind, query in FILES.items():
                blank = f"SELECT nullif(COLUMNS(*)::VARCHAR, '') FROM ({query})"
                path = quarter / f"{kind}.csv"
                connection.execute(f"COPY ({blank.format(q=q, **known)}) TO '{path}' (HEADER)")


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
