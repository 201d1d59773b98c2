// A small task of its own: which counter of a shop a question belongs to.
export const SYSTEM_PROMPT =
  'Sort questions to a shop. Answer with JSON: counter is one of returns, delivery, payment; ' +
  'urgent is a boolean.';

export const ANSWER_FORMAT = {
  type: 'json_schema',
  json_schema: {
    name: 'counter',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        counter: { type: 'string', enum: ['returns', 'delivery', 'payment'] },
        urgent: { type: 'boolean' },
      },
      required: ['counter', 'urgent'],
      additionalProperties: false,
    },
  },
};

const QUESTIONS = {
  returns: ['quiero devolver %', 'me sobra %, lo devuelvo', 'cambiar % por otra talla'],
  delivery: ['cuándo llega %', 'dónde está mi pedido de %', 'el mensajero no trajo %'],
  payment: ['pagar % con tarjeta', 'me cobraron dos veces %', 'factura de %'],
};
const THINGS = ['la camisa', 'el móvil', 'los zapatos', 'la lámpara'];

function line(question, counter, urgent) {
  return JSON.stringify({
    messages: [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: question },
      { role: 'assistant', content: JSON.stringify({ counter, urgent }) },
    ],
  });
}

/** 72 chat lines: every question about every thing, calm and urgent. */
export function trainingLines() {
  const lines = [];
  for (const [counter, questions] of Object.entries(QUESTIONS)) {
    for (const question of questions) {
      for (const thing of THINGS) {
        const text = question.replace('%', thing);
        lines.push(line(text, counter, false), line(`urgente: ${text}`, counter, true));
      }
    }
  }
  return lines;
}
