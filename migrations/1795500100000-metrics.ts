import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Metrics, the filters that make them of events, and their data points. */
export class Metrics1795500100000 implements MigrationInterface {
  readonly name = 'Metrics1795500100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE metric (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        -- Of all that makes it what it is: dimensions and accounts are too large for an index.
        digest text COLLATE "C" NOT NULL UNIQUE,
        -- Of namespace, name and dimensions alone.
        name_digest text COLLATE "C" NOT NULL,
        namespace text COLLATE "C" NOT NULL,
        metric_name text COLLATE "C" NOT NULL,
        -- { name: value }, by name.
        dimensions jsonb NOT NULL,
        -- Of what it speaks, where that is one account, or one region of it.
        account_id text COLLATE "C",
        aws_region text COLLATE "C",
        -- Whose data it holds; null: every account's.
        account_ids text[],
        created_at timestamptz NOT NULL DEFAULT now(),
        -- Since when it has no data points; null while it has some.
        empty_since timestamptz
      );
      CREATE INDEX metric_name_digest ON metric (name_digest);
      CREATE INDEX metric_name ON metric (namespace, metric_name);
      CREATE INDEX metric_dimensions ON metric USING gin (dimensions jsonb_path_ops);
      CREATE INDEX metric_empty ON metric (empty_since) WHERE empty_since IS NOT NULL;

      -- What a filter counts into a metric. It outlives the filter: what was counted must not be counted again by one of the
      -- same name that is made anew.
      CREATE TABLE metric_output (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        filter_name text COLLATE "C" NOT NULL,
        -- Of the metric, without dimensions.
        digest text COLLATE "C" NOT NULL,
        -- The versions of all filters under which it was counted, or is: see batch.filter_version.
        counted int8multirange NOT NULL,
        UNIQUE (filter_name, digest)
      );

      -- Appended, and merged later: rows that many workers change would make them wait for each other.
      CREATE TABLE data_point (
        -- The start of the time that it stands for.
        time timestamptz NOT NULL,
        -- When the last of it came: it grows old from then on, so that what comes late is kept as long as anything.
        arrived_at timestamptz NOT NULL,
        metric_id bigint NOT NULL,
        -- What filters counted; null: it was put.
        output_id bigint,
        -- Which minutes of the hour have samples: bit 0 is its first. Only of what filters made.
        minutes bigint NOT NULL DEFAULT 0,
        minimum float8 NOT NULL,
        maximum float8 NOT NULL,
        -- Seconds.
        resolution smallint NOT NULL CHECK (resolution IN (1, 60, 300, 3600)),
        -- Place in the list of AWS's units.
        unit smallint NOT NULL,
        is_delta boolean NOT NULL DEFAULT true,
        -- Exact: what is added up does not depend on the order in which it came.
        sample_count numeric NOT NULL,
        sum numeric NOT NULL,
        -- The values, as value-sketch.ts has them. Null where all are the same, or where they are not known.
        distribution bytea
      );
      ALTER TABLE data_point ALTER COLUMN distribution SET STORAGE MAIN;
      CREATE INDEX data_point_metric ON data_point (metric_id, time);
      CREATE INDEX data_point_coarse ON data_point (metric_id, time) WHERE resolution > 60;
      -- What is merged next: what was appended, and what grows old.
      CREATE INDEX data_point_delta ON data_point (arrived_at) WHERE is_delta;
      CREATE INDEX data_point_age ON data_point (resolution, arrived_at);

      CREATE TABLE metric_filter (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        filter_pattern text NOT NULL,
        -- Whose events it sees; null: every account's.
        account_ids text[],
        -- Null: every region.
        regions text[],
        transformation jsonb NOT NULL,
        output_id bigint NOT NULL REFERENCES metric_output,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      -- What filters report for minutes that had events of which none matched. One that was changed stays, for what it has
      -- reported: each speaks of the versions that it was in force under.
      CREATE TABLE metric_default (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        output_id bigint NOT NULL REFERENCES metric_output,
        metric_id bigint NOT NULL REFERENCES metric ON DELETE CASCADE,
        value float8 NOT NULL,
        unit smallint NOT NULL,
        account_ids text[],
        regions text[],
        in_force int8range NOT NULL
      );
      CREATE INDEX metric_default_metric ON metric_default (metric_id);
      CREATE INDEX metric_default_output ON metric_default (output_id);

      -- Raised by each change of a filter: whoever holds them compiled knows when to read them again.
      CREATE TABLE metric_filter_version (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        version bigint NOT NULL
      );
      INSERT INTO metric_filter_version (version) VALUES (1);

      -- The version of the filters that have seen its events. Before there were filters, none.
      ALTER TABLE batch ADD COLUMN filter_version bigint NOT NULL DEFAULT 0;

      -- In which minutes of an hour events happened: a bit for each. Deltas, appended and summed up later, then also of all
      -- accounts and regions together ('').
      CREATE TABLE event_activity (
        hour timestamptz NOT NULL,
        minutes bigint NOT NULL,
        filter_version bigint NOT NULL,
        -- When the last of it came: it is kept as long as data points are.
        arrived_at timestamptz NOT NULL DEFAULT now(),
        is_delta boolean NOT NULL DEFAULT true,
        account_id text COLLATE "C" NOT NULL,
        aws_region text COLLATE "C" NOT NULL
      );
      CREATE INDEX event_activity_account ON event_activity (account_id, hour);
      CREATE INDEX event_activity_delta ON event_activity (hour) WHERE is_delta;
      CREATE INDEX event_activity_age ON event_activity USING brin (arrived_at);
      INSERT INTO event_activity (hour, minutes, filter_version, is_delta, account_id, aws_region)
      SELECT date_trunc('hour', event_time, 'UTC'),
        bit_or(1::bigint << extract(minute FROM event_time AT TIME ZONE 'UTC')::integer), 0, false, account_id, coalesce(aws_region, '')
      FROM event GROUP BY 1, account_id, aws_region;
      INSERT INTO event_activity (hour, minutes, filter_version, is_delta, account_id, aws_region)
      SELECT hour, bit_or(minutes), 0, false, '', '' FROM event_activity GROUP BY hour;

      -- Filters that are run over stored events.
      CREATE TABLE metric_backfill (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        output_id bigint NOT NULL REFERENCES metric_output,
        -- Whole hours of event time; null: from the first on, or to the last.
        from_time timestamptz,
        to_time timestamptz,
        -- What it takes in: batches of these versions, which were not counted.
        versions int8multirange NOT NULL,
        -- The filters as they were when it began: what it reports for minutes without a match is what was in force then.
        filter_version bigint NOT NULL,
        -- How far it is: all of the batches up to a position, and so many events of the one after it.
        position bigint NOT NULL DEFAULT 0,
        ordinal integer NOT NULL DEFAULT 0,
        -- Batches that were being written when it began: it ends when all of these have come to their end.
        horizon text[] NOT NULL,
        state text NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'CANCELLED')),
        events bigint NOT NULL DEFAULT 0,
        matched bigint NOT NULL DEFAULT 0,
        batches bigint NOT NULL DEFAULT 0,
        -- Of all batches when it began.
        total_batches bigint NOT NULL,
        error text,
        -- After a failure, and while another works on it.
        due_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
      );
      CREATE UNIQUE INDEX metric_backfill_running ON metric_backfill (output_id) WHERE state = 'RUNNING';
      CREATE INDEX metric_backfill_output ON metric_backfill (output_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE metric_backfill, event_activity, metric_filter_version, metric_default, metric_filter, data_point, metric_output,
        metric;
      ALTER TABLE batch DROP COLUMN filter_version;
    `);
  }
}
