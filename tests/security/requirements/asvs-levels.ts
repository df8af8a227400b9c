// Which requirements the OWASP Application Security Verification Standard 5.0.0 has in the chapters that this project is
// held against, and from which level on each counts. From its list of requirements (5.0/docs_en in github.com/OWASP/ASVS).

export type Level = 1 | 2 | 3;

interface Chapter {
  readonly name: string;
  /** By section: the levels of its first, second, … requirement. */
  readonly sections: Readonly<Record<string, readonly Level[]>>;
}

export const asvsChapters: Readonly<Record<string, Chapter>> = {
  V3: {
    name: 'Web Frontend Security',
    sections: {
      'V3.1': [3],
      'V3.2': [1, 1, 3],
      'V3.3': [1, 2, 2, 2, 3],
      'V3.4': [1, 1, 2, 2, 2, 2, 3, 3],
      'V3.5': [1, 1, 1, 2, 2, 3, 3, 3],
      'V3.6': [3],
      'V3.7': [2, 2, 3, 3, 3],
    },
  },
  V4: {
    name: 'API and Web Service',
    sections: { 'V4.1': [1, 2, 2, 3, 3], 'V4.2': [2, 3, 3, 3, 3], 'V4.3': [2, 2], 'V4.4': [1, 2, 2, 2] },
  },
  V6: {
    name: 'Authentication',
    sections: {
      'V6.1': [1, 2, 2],
      'V6.2': [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2],
      'V6.3': [1, 1, 2, 2, 3, 3, 3, 3],
      'V6.4': [1, 1, 2, 2, 3, 3],
      'V6.5': [2, 2, 2, 2, 2, 3, 3, 3],
      'V6.6': [2, 2, 2, 3],
      'V6.7': [3, 3],
      'V6.8': [2, 2, 2, 2],
    },
  },
  V7: {
    name: 'Session Management',
    sections: {
      'V7.1': [2, 2, 2],
      'V7.2': [1, 1, 1, 1],
      'V7.3': [2, 2],
      'V7.4': [1, 1, 2, 2, 2],
      'V7.5': [2, 2, 3],
      'V7.6': [2, 2],
    },
  },
  V13: {
    name: 'Configuration',
    sections: {
      'V13.1': [2, 3, 3, 3],
      'V13.2': [2, 2, 2, 2, 2, 3],
      'V13.3': [2, 2, 3, 3],
      'V13.4': [1, 2, 2, 2, 2, 3, 3],
    },
  },
  V14: {
    name: 'Data Protection',
    sections: { 'V14.1': [2, 2], 'V14.2': [1, 2, 2, 2, 3, 3, 3, 3], 'V14.3': [1, 2, 2] },
  },
  V16: {
    name: 'Security Logging and Error Handling',
    sections: {
      'V16.1': [2],
      'V16.2': [2, 2, 2, 2, 2],
      'V16.3': [2, 2, 2, 2],
      'V16.4': [2, 2, 2],
      'V16.5': [2, 2, 2, 3],
    },
  },
};
