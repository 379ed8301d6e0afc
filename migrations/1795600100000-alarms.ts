import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alarms, what is known of their states, and who is to be told. */
export class Alarms1795600100000 implements MigrationInterface {
  readonly name = 'Alarms1795600100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Who wants to know when data points of metrics of a name come.
      CREATE TABLE metric_watch (
        watcher_id bigint NOT NULL,
        -- See metric.name_digest.
        name_digest text COLLATE "C" NOT NULL,
        namespace text COLLATE "C" NOT NULL,
        metric_name text COLLATE "C" NOT NULL,
        -- Only of this account, of this region; null: of any.
        account_id text COLLATE "C",
        aws_region text COLLATE "C",
        UNIQUE NULLS NOT DISTINCT (name_digest, watcher_id, account_id, aws_region)
      );
      CREATE INDEX metric_watch_watcher ON metric_watch (watcher_id);
      CREATE INDEX metric_filter_metric ON metric_filter ((transformation ->> 'metricNamespace'), (transformation ->> 'metricName'));

      -- What it was installed with.
      ALTER TABLE metric_filter ADD COLUMN pack text COLLATE "C";

      -- Times of which data points came that somebody watches: written with them, taken by who looks at them.
      CREATE TABLE metric_touch (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        watcher_id bigint NOT NULL,
        -- The first and the last time.
        from_time timestamptz NOT NULL,
        to_time timestamptz NOT NULL,
        -- It was asked for later, by a backfill.
        is_history boolean NOT NULL,
        -- False where nobody needs to look at once: default values raise no alarm before they have to be judged.
        is_urgent boolean NOT NULL
      );
      CREATE INDEX metric_touch_watcher ON metric_touch (watcher_id);
      CREATE INDEX metric_touch_urgent ON metric_touch (watcher_id) WHERE is_urgent;

      CREATE TABLE alarm (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        type text NOT NULL CHECK (type IN ('METRIC', 'COMPOSITE')),
        origin text NOT NULL DEFAULT 'CROSSTRAIL' CHECK (origin IN ('CROSSTRAIL', 'CLOUDWATCH')),
        -- As it is now: see alarm_definition.
        definition_id bigint NOT NULL,
        -- Of what it speaks, where that is one account, or one region of it.
        account_id text COLLATE "C",
        aws_region text COLLATE "C",
        -- Whose data it sees; null: every account's.
        account_ids text[],
        reach_id bigint REFERENCES reach,
        tags jsonb NOT NULL,
        actions_enabled boolean NOT NULL,
        -- What it was installed with.
        pack text COLLATE "C",
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('OK', 'ALARM', 'INSUFFICIENT_DATA')),
        state_reason text NOT NULL,
        state_reason_data jsonb,
        -- When the state, or what is said of it, last changed, and when the state did.
        state_updated_at timestamptz NOT NULL,
        state_transitioned_at timestamptz NOT NULL,
        -- AWS's evaluation state, where evaluating does not go as it should.
        evaluation_state text CHECK (evaluation_state IN ('PARTIAL_DATA', 'EVALUATION_ERROR', 'EVALUATION_FAILURE')),
        -- Where its own time begins. What lies before is judged where data of it comes.
        judged_from timestamptz NOT NULL,
        -- The end of the newest window that was judged for good, and of the newest that was judged before it had to be.
        judged_through timestamptz NOT NULL,
        early_through timestamptz,
        -- What lies between the first and here was judged by another definition, and is not judged anew.
        closed_through timestamptz,
        -- Metric filters counted some of its metrics when it was last judged.
        is_counted boolean NOT NULL DEFAULT false,
        -- The state was set by hand, and holds until the next evaluation.
        is_set boolean NOT NULL DEFAULT false,
        -- What waits for the suppressor of a composite alarm, and since when nothing changed about it.
        suppression jsonb,
        due_at timestamptz NOT NULL
      );
      CREATE INDEX alarm_due ON alarm (due_at);
      CREATE INDEX alarm_tags ON alarm USING gin (tags jsonb_path_ops);
      CREATE INDEX alarm_pack ON alarm (pack) WHERE pack IS NOT NULL;

      -- Alarms as they were put: changes tell of the one that was in force.
      CREATE TABLE alarm_definition (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        alarm_id bigint NOT NULL,
        -- As putMetricAlarm or putCompositeAlarm takes it, with all that was left out.
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL
      );
      CREATE INDEX alarm_definition_alarm ON alarm_definition (alarm_id, id);

      CREATE TABLE alarm_action (
        alarm_id bigint NOT NULL REFERENCES alarm ON DELETE CASCADE,
        state text NOT NULL CHECK (state IN ('OK', 'ALARM', 'INSUFFICIENT_DATA')),
        target_id bigint NOT NULL REFERENCES target,
        -- The order in which they were given.
        place integer NOT NULL,
        PRIMARY KEY (alarm_id, state, target_id)
      );
      CREATE INDEX alarm_action_target ON alarm_action (target_id);

      -- What a composite alarm is made of: the alarms of its rule, and its suppressor.
      CREATE TABLE alarm_child (
        parent_id bigint NOT NULL REFERENCES alarm ON DELETE CASCADE,
        child_id bigint NOT NULL REFERENCES alarm,
        is_suppressor boolean NOT NULL,
        PRIMARY KEY (parent_id, child_id, is_suppressor)
      );
      CREATE INDEX alarm_child_child ON alarm_child (child_id);

      -- The place of the newest change: held to the commit by who adds some, so that places are in the order of commits.
      CREATE TABLE alarm_position (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        position bigint NOT NULL,
        -- Up to here changes were deleted, being too old.
        deleted_through bigint NOT NULL DEFAULT 0
      );
      INSERT INTO alarm_position (position) VALUES (0);

      -- Each change of a state that was told. It outlives its alarm.
      CREATE TABLE alarm_change (
        id uuid PRIMARY KEY,
        position bigint NOT NULL UNIQUE,
        alarm_id bigint NOT NULL,
        definition_id bigint NOT NULL,
        -- As the alarm's was then.
        account_ids text[],
        -- The end of the window that was judged.
        evaluated_at timestamptz NOT NULL,
        happened_at timestamptz NOT NULL,
        detected_at timestamptz NOT NULL,
        previous_state text NOT NULL,
        state text NOT NULL,
        state_reason text NOT NULL,
        state_reason_data jsonb,
        -- 1 for the first word on it.
        revision integer NOT NULL,
        supersedes uuid,
        -- Whether it was superseded itself.
        is_superseded boolean NOT NULL DEFAULT false,
        -- It was set by hand, or is the way back from that: no judgement of a window.
        is_set boolean NOT NULL DEFAULT false
      );
      CREATE INDEX alarm_change_alarm ON alarm_change (alarm_id, evaluated_at) WHERE NOT is_superseded;
      CREATE INDEX alarm_change_happened ON alarm_change (alarm_id, happened_at) WHERE NOT is_superseded;
      CREATE INDEX alarm_change_superseded ON alarm_change (supersedes) WHERE supersedes IS NOT NULL;
      CREATE INDEX alarm_change_detected ON alarm_change (detected_at);

      -- What AWS calls the history of an alarm.
      CREATE TABLE alarm_history (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        alarm_id bigint NOT NULL,
        alarm_name text COLLATE "C" NOT NULL,
        alarm_type text NOT NULL,
        account_ids text[],
        timestamp timestamptz NOT NULL,
        type text NOT NULL CHECK (type IN ('ConfigurationUpdate', 'StateUpdate', 'Action')),
        summary text NOT NULL,
        -- JSON text, as AWS has it.
        data text
      );
      CREATE INDEX alarm_history_alarm ON alarm_history (alarm_id, id);
      CREATE INDEX alarm_history_age ON alarm_history (timestamp);

      ALTER TABLE delivery ADD COLUMN alarm_name text COLLATE "C";
      CREATE INDEX delivery_alarm ON delivery (alarm_name, id) WHERE alarm_name IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE delivery DROP COLUMN alarm_name;
      DROP TABLE alarm_history, alarm_change, alarm_position, alarm_child, alarm_action, alarm_definition, alarm, metric_touch,
        metric_watch;
      DROP INDEX metric_filter_metric;
      ALTER TABLE metric_filter DROP COLUMN pack;
    `);
  }
}
