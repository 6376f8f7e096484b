select ringfence.count_tokens_v1(%(counts)s::jsonb, %(legacy)s::jsonb)
