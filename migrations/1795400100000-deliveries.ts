import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where things are delivered to, what is to be delivered, and the rules that say so. */
export class Deliveries1795400100000 implements MigrationInterface {
  readonly name = 'Deliveries1795400100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Sets of accounts, as rules see them.
      CREATE TABLE reach (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        -- Of the sorted accounts: as an array they are too large for an index.
        digest text COLLATE "C" NOT NULL UNIQUE,
        account_ids text[] NOT NULL
      );

      CREATE TABLE target (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        type text NOT NULL,
        description text,
        -- Whose data may go there; null: every account's.
        account_ids text[],
        settings jsonb NOT NULL,
        -- Sealed under the operator's key.
        secrets bytea NOT NULL,
        is_ordered boolean NOT NULL,
        max_concurrency integer NOT NULL CHECK (max_concurrency BETWEEN 1 AND 32),
        max_age_seconds integer NOT NULL CHECK (max_age_seconds BETWEEN 60 AND 1209600),
        timeout_seconds integer NOT NULL CHECK (timeout_seconds BETWEEN 1 AND 30),
        -- Failures in a row that speak of the target, and until when it is left alone for them.
        failures integer NOT NULL DEFAULT 0,
        rests_until timestamptz,
        last_error text,
        last_failure_at timestamptz,
        last_success_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      -- The outbox. A row is written in the transaction of what caused it. Targets and rules are named, not referred to:
      -- they may go before it does.
      CREATE TABLE delivery (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        -- What a receiver knows a repeated message by.
        key uuid NOT NULL DEFAULT gen_random_uuid(),
        target_id bigint NOT NULL,
        target_name text COLLATE "C" NOT NULL,
        origin text NOT NULL,
        rule_id bigint,
        rule_name text COLLATE "C",
        rule_target_id text,
        -- Whoever may see it covers these accounts; null: every account.
        reach_id bigint,
        -- Of the event that caused it, where one did.
        account_id text COLLATE "C",
        event_id text,
        event_time timestamptz,
        subject text NOT NULL,
        -- Null for what could not be made of an event, and cannot be sent.
        body text,
        -- The order of commits, for targets that keep it.
        sequence bigint,
        state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DELIVERING', 'DELIVERED', 'FAILED')),
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        -- Processes that died while they had it in hand.
        lost integer NOT NULL DEFAULT 0,
        lease uuid,
        leased_until timestamptz,
        error text,
        answer text,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      );
      CREATE SEQUENCE delivery_sequence;
      -- What is due, by target.
      CREATE INDEX delivery_due ON delivery (target_id, due_at, id) WHERE state = 'PENDING' AND sequence IS NULL;
      CREATE INDEX delivery_order ON delivery (target_id, sequence)
        WHERE state IN ('PENDING', 'DELIVERING') AND sequence IS NOT NULL;
      CREATE INDEX delivery_leased ON delivery (target_id, leased_until) WHERE state = 'DELIVERING';
      CREATE INDEX delivery_expiry ON delivery (expires_at) WHERE state = 'PENDING';
      -- Dead letters, and what retention takes.
      CREATE INDEX delivery_failed ON delivery (id) WHERE state = 'FAILED';
      CREATE INDEX delivery_finished ON delivery (finished_at) WHERE finished_at IS NOT NULL;
      CREATE INDEX delivery_target ON delivery (target_name, id);
      CREATE INDEX delivery_rule ON delivery (rule_name, id);
      CREATE INDEX delivery_event ON delivery (event_id);

      CREATE TABLE rule (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        event_bus_name text NOT NULL,
        -- JSON text as it was given: the spelling of numbers and the order of keys are its author's.
        event_pattern text,
        schedule_expression text,
        description text,
        -- Whose events it sees; null: every account's.
        account_ids text[],
        reach_id bigint REFERENCES reach,
        -- Alternatives of its pattern: what all rules together may have is bounded.
        alternatives integer NOT NULL DEFAULT 0,
        state text NOT NULL CHECK (state IN ('ENABLED', 'DISABLED')),
        -- Events that come later than this after they happened pass it by.
        max_event_age_seconds integer CHECK (max_event_age_seconds > 0),
        missed_times text NOT NULL CHECK (missed_times IN ('SKIP', 'LATEST', 'ALL')),
        -- What its rate counts from, and its next time; null where there is none.
        anchor timestamptz,
        next_time timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((event_pattern IS NULL) <> (schedule_expression IS NULL))
      );
      CREATE INDEX rule_next_time ON rule (next_time) WHERE next_time IS NOT NULL;

      CREATE TABLE rule_target (
        rule_id bigint NOT NULL REFERENCES rule ON DELETE CASCADE,
        id text COLLATE "C" NOT NULL,
        target_id bigint NOT NULL REFERENCES target,
        -- At most one of the three.
        input text,
        input_path text,
        input_transformer jsonb,
        PRIMARY KEY (rule_id, id),
        CHECK (num_nonnulls(input, input_path, input_transformer) <= 1)
      );
      CREATE INDEX rule_target_target ON rule_target (target_id);

      -- Raised with each change of rules and of what they refer to, so that whoever holds them compiled knows.
      CREATE TABLE rule_version (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        version bigint NOT NULL
      );
      INSERT INTO rule_version (version) VALUES (1);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE rule_version, rule_target, rule, delivery, target, reach;
      DROP SEQUENCE delivery_sequence;
    `);
  }
}
