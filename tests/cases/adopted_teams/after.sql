CREATE TABLE public.boards (
    id bigint NOT NULL,
    team_id uuid NOT NULL,
    name text
);

CREATE TABLE public.cards (
    id bigint NOT NULL,
    board_id bigint NOT NULL,
    title text,
    team_id uuid NOT NULL
);

CREATE TABLE public.profiles (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text
);

CREATE TABLE public.saved_views (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    query text,
    team_id uuid NOT NULL
);

CREATE TABLE public.team_members (
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text DEFAULT 'member'::text,
    joined_at timestamp with time zone DEFAULT now()
);

CREATE TABLE public.teams (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    slug text NOT NULL
);

ALTER TABLE ONLY public.boards
    ADD CONSTRAINT boards_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.boards
    ADD CONSTRAINT boards_team_id_id_key UNIQUE (team_id, id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT saved_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_pkey PRIMARY KEY (team_id, user_id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_slug_key UNIQUE (slug);

CREATE INDEX cards_team_id_board_id_idx ON public.cards USING btree (team_id, board_id);

CREATE INDEX cards_team_id_id_idx ON public.cards USING btree (team_id, id);

CREATE INDEX saved_views_team_id_id_idx ON public.saved_views USING btree (team_id, id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.boards DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.team_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_boards();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.cards DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.team_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_cards();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.saved_views DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.team_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_saved_views();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.boards FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_boards();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.cards FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_cards();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.saved_views FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_saved_views();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.boards FOR EACH ROW WHEN ((old.team_id IS DISTINCT FROM new.team_id)) EXECUTE FUNCTION ringfence.fill_public_boards();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.cards FOR EACH ROW WHEN (((old.team_id IS DISTINCT FROM new.team_id) OR (old.board_id IS DISTINCT FROM new.board_id))) EXECUTE FUNCTION ringfence.fill_public_cards();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.saved_views FOR EACH ROW WHEN (((old.team_id IS DISTINCT FROM new.team_id) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION ringfence.fill_public_saved_views();

ALTER TABLE ONLY public.boards
    ADD CONSTRAINT boards_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_board_id_fkey FOREIGN KEY (board_id) REFERENCES public.boards(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_team_id_board_id_fkey FOREIGN KEY (team_id, board_id) REFERENCES public.boards(team_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT saved_views_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT saved_views_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.profiles(id);

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.profiles(id);
